"""What the style of our pages means to Chromium: as much as the sheets say, and nothing that the policy refuses."""

from itertools import zip_longest

import pytest

from portal import assets
from portal.assets import BUNDLES, STATIC, minified, palette_css

pytestmark = pytest.mark.browser
SHEETS = sorted((STATIC / "css").glob("*.css"))
# Every rule as Chromium understands it, in its own spelling. Where a value holds var() it keeps the text as written, so
# the space beside a comma is taken out.
RULES = """css => {
    const sheet = new CSSStyleSheet(), found = []
    sheet.replaceSync(css)
    const say = (rule, where) => {
        const head = rule.selectorText ?? rule.conditionText ?? rule.keyText ?? rule.nameList?.join() ?? rule.name ?? ''
        const path = where + ' / ' + rule.constructor.name + ' ' + head
        found.push(path + ' { ' + (rule.style?.cssText ?? '').replace(/\\s*,\\s*/g, ',') + ' }')
        for (const inner of rule.cssRules ?? []) say(inner, path)
    }
    for (const rule of sheet.cssRules) say(rule, '')
    return found
}"""


def differing(page, css: str, other: str) -> list[tuple[str, str]]:
    """The rules of the one and of the other that do not mean the same."""
    ones, others = page.evaluate(RULES, css), page.evaluate(RULES, other)
    assert ones
    return [(one, another) for one, another in zip_longest(ones, others) if one != another]


@pytest.fixture
def blank(browser):
    page = browser.new_page()
    yield page
    page.context.close()


def test_a_minified_sheet_means_what_the_sheet_means(blank):
    assert len(SHEETS) > 5
    for sheet in SHEETS:
        css = sheet.read_text()
        assert differing(blank, minified(css), css) == [], sheet.name


def test_a_bundle_means_what_its_sheets_mean_one_after_the_other(blank):
    for bundle, names in BUNDLES.items():
        whole = "\n".join((STATIC / "css" / f"{name}.css").read_text() for name in names)
        with_palette = palette_css("#0f6f68") + whole
        assert differing(blank, assets._inlined(bundle, "#0f6f68"), with_palette) == []


@pytest.mark.parametrize("spoiled", ["a:hover{top:0}", "a :hover{top:1px}", "a :hover{}", "a :hover{top:0}b{top:0}"])
def test_a_sheet_that_means_something_else_is_told_apart(blank, spoiled):
    assert differing(blank, spoiled, "a :hover { top: 0 }")


@pytest.mark.parametrize(
    "kind", ["customer", "help", "no link", "sign in", "today", "work order", "preview", "not found"]
)
def test_the_policy_of_a_page_refuses_nothing_that_the_page_has(open_shop, new_page, signed_in, kind):
    job = open_shop.work_order()
    path = open_shop.path(job)
    address = {
        "customer": path,
        "help": f"{path}/help",
        "no link": f"/portal/wo/{'0' * 27}",
        "sign in": "/staff/sign-in",
        "today": "/staff/",
        "work order": f"/staff/work-orders/{job.id}",
        "preview": f"/staff/work-orders/{job.id}/preview",
        "not found": "/staff/nope",
    }[kind]
    page = new_page({}, **({} if kind in ("sign in", "customer", "help") else signed_in("Olive")))
    page.add_init_script(
        "window.refused = []; addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
    )
    page.goto(address)
    assert page.evaluate("window.refused") == []
    assert page.evaluate("[...document.styleSheets].map(sheet => sheet.cssRules.length > 0)").count(True) >= 1
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--fill')").strip() == "#0f6f68"


def test_a_style_that_the_policy_does_not_name_is_refused(open_shop, new_page):
    page = new_page({})
    page.goto(open_shop.path(open_shop.work_order()))
    page.evaluate("""() => {
        window.refused = []
        addEventListener('securitypolicyviolation', event => refused.push(event.violatedDirective))
        const style = document.createElement('style')
        style.textContent = 'body { top: 1px }'
        document.head.append(style)
    }""")
    page.wait_for_function("window.refused.length")
    assert page.evaluate("window.refused") == ["style-src-elem"]
