"""Style sheets and scripts: what goes into a page, that its own policy lets it through, and where the files lie.

What the minified sheets mean to a browser is asked of one in tests/browser/test_style_sheets.py.
"""

import base64
import hashlib
import re

import pytest
from html5lib import parse

from portal import assets
from portal.assets import BUNDLES, STATIC, minified
from portal.domain import shop as shops

SHEETS = sorted((STATIC / "css").glob("*.css"))


# --- minifying ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("css", "small"),
    [
        ("a { color: red; }", "a{color:red}"),
        ("a :hover { top: 0 }", "a :hover{top:0}"),
        ("a:is(.b, .c) > d { top: 0; }", "a:is(.b,.c)>d{top:0}"),
        ("a { width: calc(1px + 2px); }", "a{width:calc(1px + 2px)}"),
        ("@media (min-width: 900px) { a { top: 0; } }", "@media (min-width: 900px){a{top:0}}"),
        ("/* a { */ b { top: 0 } /* } */", "b{top:0}"),
        ('a::before { content: "  two  spaces ; } "; }', 'a::before{content: "  two  spaces ; } "}'),
        ('a::before { content: "/* no comment */"; }', 'a::before{content: "/* no comment */"}'),
        ("a::before { content: 'it\\'s { }'; }", "a::before{content: 'it\\'s { }'}"),
        ("a { background: url(data:image/svg+xml;a, b) }", "a{background: url(data:image/svg+xml;a, b)}"),
        ("a { --x: 1px ; }", "a{--x:1px}"),
    ],
)
def test_only_idle_space_and_comments_go(css, small):
    assert minified(css) == small


def test_minifying_twice_changes_nothing_more():
    for sheet in SHEETS:
        assert minified(minified(sheet.read_text())) == minified(sheet.read_text()), sheet.name


def test_a_page_gets_far_less_than_was_written():
    written = sum(len((STATIC / "css" / f"{name}.css").read_text()) for name in BUNDLES["customer"])
    assert len(assets._inlined("customer", "#0f6f68")) < written


# --- the policy lets it through -----------------------------------------------------------------------------------


@pytest.fixture
def answers(shop):
    """One of each kind of page that carries style inside."""
    client, office = shop.app.test_client(), shop.staff_client("Olive")
    job = shop.work_order()
    path = shop.path(job)
    return {
        "a customer's page": client.get(path),
        "get help": client.get(f"{path}/help"),
        "a link that opens nothing": client.get(f"/portal/wo/{'0' * 27}"),
        "sign in": client.get("/staff/sign-in"),
        "today": office.get("/staff/"),
        "a work order": office.get(f"/staff/work-orders/{job.id}"),
        "preview": office.get(f"/staff/work-orders/{job.id}/preview"),
        "not found": office.get("/staff/nope"),
    }


def test_the_policy_names_the_hash_of_every_style_in_the_page_and_no_more(answers):
    for kind, answer in answers.items():
        styles = [element.text for element in parse(answer.text, namespaceHTMLElements=False).iter("style")]
        assert styles, kind
        hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'" for css in styles}
        policy = answer.headers["Content-Security-Policy"]
        assert set(re.findall(r"'sha256-[^']+'", policy)) == hashes, kind


def test_a_style_holds_nothing_that_html_would_read_otherwise(answers):
    for kind, answer in answers.items():
        for element in parse(answer.text, namespaceHTMLElements=False).iter("style"):
            assert "<" not in element.text, kind
            assert "&" not in element.text.replace("&:", ":").replace("& ", " "), kind


def test_another_brand_colour_is_another_style(shop):
    client, path = shop.app.test_client(), shop.path(shop.work_order())
    before = client.get(path)
    shop.do(shops.edit, shops.profile(), values={"brand_color": "#b3261e"}, seen=shops.profile().edition)
    after = client.get(path)
    assert "--fill:#b3261e" in after.text
    assert before.headers["Content-Security-Policy"] != after.headers["Content-Security-Policy"]


# --- addresses ----------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder of static files of our own, to change them."""
    (tmp_path / "css").mkdir()
    (tmp_path / "css/base.css").write_text("a { top: 0 }")
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    assets.static_version.cache_clear()
    yield tmp_path
    assets.static_version.cache_clear()


def version() -> str:
    assets.static_version.cache_clear()
    return assets.static_version()


def test_the_version_changes_with_every_change_of_a_file(files):
    seen = [version()]
    (files / "css/base.css").write_text("a { top: 1px }")
    seen.append(version())
    (files / "css/base.css").rename(files / "css/other.css")
    seen.append(version())
    (files / "css/more.css").write_text("")
    seen.append(version())
    assert len(set(seen)) == 4
    assert version() == seen[-1]


def test_the_present_address_may_be_kept_for_a_year_an_old_one_not_at_all(app):
    client = app.test_client()
    with app.test_request_context():
        address = assets.static_url("css/base.css")
    now, old = client.get(address), client.get("/static/000000000000/css/base.css")
    assert now.data == old.data == (STATIC / "css/base.css").read_bytes()
    assert now.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert old.headers["Cache-Control"] == "no-cache"
    assert now.mimetype == "text/css"


def test_a_script_finds_its_neighbours_under_the_same_version(app):
    client = app.test_client()
    with app.test_request_context():
        folder = assets.static_url("js/customer.js").rpartition("/")[0]
    for script in (STATIC / "js").glob("*.js"):
        for neighbour in re.findall(r"from '\./([^']+)'", script.read_text()):
            answer = client.get(f"{folder}/{neighbour}")
            assert answer.status_code == 200, f"{script.name} imports {neighbour}"
            assert answer.mimetype == "text/javascript"
            answer.close()


def test_a_page_preloads_every_script_it_will_ask_for(shop):
    html = shop.app.test_client().get(shop.path(shop.work_order())).text
    asked, waiting = set(), ["customer.js"]
    while waiting:
        name = waiting.pop()
        asked.add(name)
        waiting += set(re.findall(r"from '\./([^']+)'", (STATIC / "js" / name).read_text())) - asked
    preloaded = set(re.findall(r'rel="modulepreload" href="/static/\w+/js/([^"]+)"', html))
    assert preloaded == asked


@pytest.mark.parametrize(
    "name", ["../app.py", "..%2fapp.py", "css/../../app.py", "/etc/passwd", "css", "nope.css", "%00"]
)
def test_nothing_but_static_files_lies_behind_the_address(app, name):
    assert app.test_client().get(f"/static/x/{name}").status_code == 404


def test_a_section_is_known_by_what_it_says():
    assert assets.fingerprint("Scheduled") == assets.fingerprint("Scheduled")
    assert assets.fingerprint("Scheduled") != assets.fingerprint("Completed")
    assert re.fullmatch("[0-9a-f]{10}", assets.fingerprint(""))
