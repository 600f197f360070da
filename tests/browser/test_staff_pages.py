"""Every page of the staff's side, on a phone and at a desk, light and dark."""

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from models import Role
from portal import clock
from portal.db import writing
from portal.demo.jobs import SIGNATURE
from portal.domain import catalogue, customers, messages, parts, signatures, visits
from portal.domain import samples as marks
from portal.domain import shop as shops
from portal.domain import staff as people
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import PLACE
from tests.browser.inspection import EverybodyCanUseIt, Watched

pytestmark = pytest.mark.browser

SIZES = {"phone": PHONE, "desktop": DESKTOP}
LONG_TITLE = "Replacement of the 50-gallon water heater in the garage, and of its Druckminderungsventilbaugruppe"
LONG_NAME = "Carolina Maximiliana Cruz-Wolfeschlegelsteinhausen"


@pytest.fixture(scope="module")
def day(open_shop) -> dict:
    """A busy day: a work order in every state, by name."""
    now, shop = clock.now(), open_shop
    with writing():
        for name in ("Brass ball valve", "Druckminderungsventilbaugruppenhalterung, DN 20, Messing", "Thread seal"):
            catalogue.add({"description": name, "unit": "pc", "price": Decimal(9)}, by=None)
    jobs = {
        "full": full_job(shop),
        "late": shop.work_order(title="Leaking outside tap", starts_at=now - timedelta(days=1)),
        "on the way": shop.steps(shop.work_order(title="Boiler service", starts_at=now), "set_off"),
        "in progress": shop.steps(shop.work_order(title="Kitchen drain, slow", starts_at=now), "start"),
        "completed": shop.steps(shop.work_order(title="Shower valve", starts_at=now), "start", "complete"),
        "cancelled": shop.steps(shop.work_order(title="Frozen pipe"), "cancel"),
        "unassigned": shop.work_order(title="Sump pump check", technician=""),
        "bare": bare_job(shop),
    }
    shop.token(jobs["on the way"])
    return jobs


def full_job(shop):
    """Everything a work order's page can show."""
    now = clock.now()
    job = shop.work_order(LONG_NAME, title=LONG_TITLE, starts_at=now - timedelta(days=2))
    with writing():
        job.internal_notes = "Gate code 4417. Call ahead: dog in the yard."
        job.customer.notes, job.customer.email = "Pays by check.", "carolina@cruz-wolfeschlegelsteinhausen.example"
    shop.steps(job, "start", "finish_visit")
    shop.visit(job, now, technician="Olive")
    for name in ("Brass ball valve, ¾ in", "Druckminderungsventilbaugruppenhalterung"):
        shop.do(parts.add, job, name=name, quantity=Decimal("1.25"), unit="m")
    for caption in ("Before", ""):
        shop.photo(job, caption=caption)
    shop.message(job, "Could you look at the kitchen tap too?\nThank you!")
    shop.do(messages.answered, shop.message(job, "When do you come?"))
    shop.do(signatures.sign, job, name=LONG_NAME, path=SIGNATURE)
    return job


def bare_job(shop):
    job = shop.work_order("Mallory Mint", title="Gas line", technician="", locality="")
    shop.do(visits.move, job.visits[0], starts_at=None, ends_at=None, technician=None, seen=1)
    return job


def at(path: str, *, by: str = "Olive"):
    """A page that is simply opened; {full} stands for the full job's id."""

    def look(page: Page, day: dict, _shop) -> None:
        page.goto(path.format(**{name.replace(" ", "_"): job.id for name, job in day.items()}))

    look.by = by
    return look


def after(path: str, button: str, *, by: str = "Olive", **typed: str):
    """A page that comes back when `button` was pressed with `typed` in the fields of these ids."""

    def look(page: Page, day: dict, shop) -> None:
        at(path)(page, day, shop)
        for field, text in typed.items():
            page.locator(f"#{field}").fill(text)
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("alert").or_(page.locator("#error-summary")).first).to_be_visible()

    look.by = by
    return look


def unfolded(page: Page, day: dict, shop) -> None:
    """Every fold of the page open, and the word on what was just done."""
    at("/staff/work-orders/{unassigned}")(page, day, shop)
    page.get_by_role("button", name="On the way").click()
    expect(page.locator("[data-snack]")).to_be_visible()
    page.get_by_role("button", name="Undo “On the way”").click()
    expect(page.get_by_text("Taken back.")).to_be_visible()
    page.evaluate("for (const fold of document.querySelectorAll('main details')) fold.open = true")


def part_with_errors(page: Page, day: dict, shop) -> None:
    at("/staff/work-orders/{bare}")(page, day, shop)
    page.get_by_text("Add a part").click()
    page.get_by_label("Quantity").fill("lots")
    page.get_by_role("button", name="Add the part").click()
    expect(page.locator("#error-summary")).to_be_visible()


def share_trouble(page: Page, day: dict, shop) -> None:
    at("/staff/work-orders/{bare}")(page, day, shop)
    page.route("**/share", lambda route: route.abort())
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.locator("#share-trouble")).to_be_visible()


def edited_meanwhile(page: Page, day: dict, shop) -> None:
    job = day["late"]
    at("/staff/work-orders/{late}/edit")(page, day, shop)
    with writing():
        job.locality, job.edition = f"Portland, OR {job.edition}", job.edition + 1
    page.get_by_label("Job", exact=True).fill("Leaking outside tap, twice")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("alert")).to_contain_text("changed this")


def visit_moved_meanwhile(page: Page, day: dict, shop) -> None:
    visit = day["late"].visits[0]
    page.goto(f"/staff/work-orders/{day['late'].id}/visits/{visit.id}")
    with writing():
        visit.ends_at, visit.edition = visit.ends_at + timedelta(minutes=15), visit.edition + 1
    page.get_by_label("Technician").select_option("Dana Diaz")
    page.get_by_role("button", name="Save the visit").click()
    expect(page.get_by_role("alert")).to_be_visible()


def known_name(page: Page, day: dict, shop) -> None:
    at("/staff/work-orders/new")(page, day, shop)
    for label, text in {"Name": "Carol Cruz", "Job": "Kitchen tap", "Street and number": "9 Pine Court"}.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Book the job").click()
    expect(page.get_by_role("radio", name="Make a new customer")).to_be_visible()


def suggestions(page: Page, day: dict, shop) -> None:
    at("/staff/work-orders/new")(page, day, shop)
    page.get_by_role("combobox", name="Name").press_sequentially("car")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")


def customer(page: Page, day: dict, _shop) -> None:
    page.goto(f"/staff/customers/{day['full'].customer.id}")


def customer_with_errors(page: Page, day: dict, _shop) -> None:
    page.goto(f"/staff/customers/{day['full'].customer.id}/edit")
    page.get_by_label("Email").fill("carol at example")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#error-summary")).to_be_visible()


def customer_with_care(page: Page, _day: dict, shop) -> None:
    """Nobody waits for us there: the card may be archived, and another one has the same phone number."""
    with writing():
        card = customers.add(name=f"{LONG_NAME} the elder", phone="(503) 555-0188", notes="Pays by check.")
    page.goto(f"/staff/customers/{card.id}")
    expect(page.get_by_role("button", name="Archive")).to_be_visible()


def merge_of_two(page: Page, day: dict, shop) -> None:
    with writing():
        card = customers.add(name=f"{LONG_NAME}, twice", phone="503.555.0188", notes="Rings twice.", street="1 Way")
    page.goto(f"/staff/customers/{card.id}/merge?with={day['full'].customer.id}")
    expect(page.get_by_role("button", name="Merge the two cards")).to_be_visible()


def archived_customer(page: Page, _day: dict, shop) -> None:
    with writing():
        card = customers.add(name=LONG_NAME)
    shop.do(customers.archive, card)
    page.goto(f"/staff/customers/{card.id}")
    expect(page.get_by_role("button", name="Bring back")).to_be_visible()


def import_preview(page: Page, day: dict, _shop) -> None:
    """A row of each kind: new, wrong, maybe known, known."""
    page.goto("/staff/customers/import")
    known = day["full"].customer
    rows = ["Name,Phone,Email,Umsatz,Language", f"{LONG_NAME}ova,,,1,Klingon", ",12,x at y", f"Nora,{known.phone}"]
    rows += [f"{known.name},{known.phone},{known.email}", "Nora,,nora@home.example", "Norah,,nora@home.example"]
    page.get_by_label("Or paste the rows here").fill("\n".join(rows))
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this right?")


def edit_visit(page: Page, day: dict, _shop) -> None:
    page.goto(f"/staff/work-orders/{day['late'].id}/visits/{day['late'].visits[0].id}")


def sign_in_link(page: Page, _day: dict, shop) -> None:
    with writing():
        token = people.sign_in_link(shop.dana)
    page.goto(f"/staff/sign-in/{token}")
    expect(page.get_by_role("button", name="Sign in as Dana Diaz")).to_be_visible()


sign_in_link.by = ""


def set_up(page: Page, _day: dict, _shop) -> None:
    with writing():
        token = people.sign_in_link(people.add(name="Owner", email=None, role=Role.OWNER))
    page.goto(f"/staff/sign-in/{token}/set-up")
    expect(page.frame_locator("[data-shop-preview]").get_by_role("heading", level=1)).to_be_visible()


def set_up_with_errors(page: Page, day: dict, shop) -> None:
    set_up(page, day, shop)
    page.get_by_label("Email").fill("rosa at rivera")
    page.get_by_role("button", name="Open my shop").click()
    expect(page.locator("#error-summary")).to_be_visible()


def samples(page: Page, day: dict, _shop) -> None:
    with writing():
        marks.mark(jobs=[day["bare"].id], customers=[day["bare"].customer_id], staff=[])
    page.goto("/staff/settings/samples")
    expect(page.get_by_role("heading", level=1)).to_have_text("Clear the samples?")


set_up.by = set_up_with_errors.by = ""


PAGES = {
    "today": at("/staff/"),
    "upcoming": at("/staff/?tab=upcoming"),
    "done": at("/staff/?tab=done"),
    "search": at("/staff/?q=tap"),
    "search without results": at("/staff/?q=zebra"),
    "my day": at("/staff/", by="Theo"),
    "my empty day": at("/staff/my-day", by="Dana"),
    "my upcoming": at("/staff/?tab=upcoming", by="Theo"),
    "sign": at("/staff/work-orders/{in_progress}/sign", by="Theo"),
    "sign with errors": after("/staff/work-orders/{in_progress}/sign", "Done", by="Theo", name=""),
    "work order": at("/staff/work-orders/{full}"),
    "work order, all activity": at("/staff/work-orders/{full}?all=1"),
    "work order, bare": at("/staff/work-orders/{bare}"),
    "work order, on the way": at("/staff/work-orders/{on_the_way}"),
    "work order, in progress": at("/staff/work-orders/{in_progress}"),
    "work order, completed": at("/staff/work-orders/{completed}"),
    "work order, cancelled": at("/staff/work-orders/{cancelled}"),
    "work order, technician": at("/staff/work-orders/{in_progress}", by="Theo"),
    "work order, unfolded": unfolded,
    "work order, trouble with sharing": share_trouble,
    "work order, part with errors": part_with_errors,
    "preview": at("/staff/work-orders/{full}/preview"),
    "new job": at("/staff/work-orders/new"),
    "new job with errors": after("/staff/work-orders/new", "Book the job", customer_email="x", from_time=""),
    "new job for a known name": known_name,
    "new job with suggestions": suggestions,
    "edit job": at("/staff/work-orders/{full}/edit"),
    "edited meanwhile": edited_meanwhile,
    "book a visit": at("/staff/work-orders/{full}/visits/new"),
    "change a visit": edit_visit,
    "visit with errors": after("/staff/work-orders/{full}/visits/new", "Book the visit", from_time="09:00"),
    "visit moved meanwhile": visit_moved_meanwhile,
    "customers": at("/staff/customers"),
    "customers without results": at("/staff/customers?q=zebra"),
    "customers, archived": at("/staff/customers?tab=archived"),
    "customer": customer,
    "customer, archived": archived_customer,
    "customer, nobody waits": customer_with_care,
    "merge, whom with": at("/staff/customers/1/merge?q=cruz"),
    "merge, two cards": merge_of_two,
    "import": at("/staff/customers/import"),
    "import with errors": after("/staff/customers/import", "Look at it first", text="Phone"),
    "import, a look before": import_preview,
    "new customer": at("/staff/customers/new"),
    "customer with errors": customer_with_errors,
    "inbox": at("/staff/inbox"),
    "inbox, closed": at("/staff/inbox?tab=closed"),
    "message": at("/staff/messages/1"),
    "activity": at("/staff/activity"),
    "activity of a job": at("/staff/activity?job={full}"),
    "activity with errors": at("/staff/activity?since=0202-01-01"),
    "settings": at("/staff/settings"),
    "settings with errors": after("/staff/settings", "Save changes", name=""),
    "set-up": set_up,
    "set-up with errors": set_up_with_errors,
    "samples": samples,
    "me": at("/staff/me"),
    "me with errors": after("/staff/me", "Save changes", name="", email="x", new_password="short"),
    "sign in": at("/staff/sign-in", by=""),
    "sign in failed": after(
        "/staff/sign-in", "Sign in", email="dana@shop.example", password="wrong horse battery", by=""
    ),
    "sign in with errors": after("/staff/sign-in", "Sign in", email="", by=""),
    "one-time link": sign_in_link,
    "one-time link, used": at("/staff/sign-in/used-long-ago", by=""),
    "not yours": at("/staff/settings", by="Dana"),
    "nothing here": at("/staff/work-orders/999999"),
}


@pytest.fixture(scope="module", params=PAGES)
def look(request):
    return PAGES[request.param]


@pytest.fixture(scope="module")
def profiles(browser, server, signed_in):
    """A browser profile for each device of each person, which keeps our scripts and styles as a real one does."""
    kept = {}

    def profile(device: str, by: str):
        if (device, by) not in kept:
            options = PLACE | SIZES[device] | (signed_in(by) if by else {})
            kept[device, by] = browser.new_context(base_url=server.url, reduced_motion="reduce", **options)
        return kept[device, by]

    yield profile
    for context in kept.values():
        context.close()


@pytest.fixture(scope="module", params=SIZES)
def opened(request, open_shop, day, profiles, look):
    """One of the pages on one of the devices; each of the tests below looks at the same one."""
    page = profiles(request.param, getattr(look, "by", "Olive")).new_page()
    watched = Watched(page)
    look(page, day, open_shop)
    yield watched
    page.close()


class TestEachPage(EverybodyCanUseIt):
    pass


def test_the_browser_has_nothing_to_complain_of(opened, look):
    known = "net::ERR_FAILED" if look is share_trouble else "\n"
    assert [words for words in opened.complaints if known not in words] == []


def test_nobody_else_is_asked_for_anything(opened, server):
    assert opened.requests
    assert opened.asked_elsewhere(server.url) == []


# --- what only the whole shop shows -------------------------------------------------------------------------------


@pytest.fixture
def sample_shop(open_shop):
    """As after script/server --demo: with a banner on every page."""
    with writing():
        shops.profile().is_sample = True
    yield
    with writing():
        shops.profile().is_sample = False


@pytest.mark.usefixtures("sample_shop")
@pytest.mark.parametrize("device", SIZES)
def test_the_banner_of_sample_data_is_readable_and_leads_on(device, new_page, signed_in):
    watched = Watched(new_page(SIZES[device], **signed_in("Olive")))
    watched.page.goto("/staff/")

    assert watched.axe("light") == watched.axe("dark") == watched.small_targets() == []
    watched.page.get_by_role("link", name="Make it yours").click()
    expect(watched.page.get_by_role("heading", level=1)).to_have_text("Make it yours")
    assert watched.axe("light") == watched.axe("dark") == watched.small_targets() == []
    for width, text_percent in ((320, 100), (390, 200), (320, 200)):
        with watched.narrowed(width, text_percent):
            assert watched.cut_off() == []


@pytest.fixture
def right_to_left(open_shop, signed_in):
    """The shop speaks the language of tests/pseudo.py, which nobody can sign in by."""
    signed_in("Olive")
    with writing():
        open_shop.profile.locale = "ar"
    yield
    with writing():
        open_shop.profile.locale = "en_US"


@pytest.mark.usefixtures("right_to_left")
@pytest.mark.parametrize("device", SIZES)
@pytest.mark.parametrize("path", ["/staff/", "/staff/work-orders/{full}", "/staff/work-orders/new", "/staff/settings"])
def test_from_right_to_left_nothing_scrolls_sideways(path, device, new_page, signed_in, open_shop, day):
    watched = Watched(new_page(SIZES[device], **signed_in("Olive")))
    at(path)(watched.page, day, open_shop)
    expect(watched.page.locator("html")).to_have_attribute("dir", "rtl")

    for width in (320, SIZES[device]["viewport"]["width"]):
        with watched.narrowed(width, 100):
            assert watched.cut_off() == []


# --- by keyboard --------------------------------------------------------------------------------------------------


def test_a_slash_goes_to_the_search_field(office):
    office.goto("/staff/")
    office.keyboard.press("/")

    search = office.get_by_role("searchbox")
    expect(search).to_be_focused()
    expect(search).to_have_value("")
    office.keyboard.type("1/2 inch")
    expect(search).to_have_value("1/2 inch")


def test_a_slash_that_is_typed_stays_a_slash(office):
    office.goto("/staff/work-orders/new")
    office.get_by_label("Job", exact=True).press_sequentially("Tap 1/2 inch")

    expect(office.get_by_label("Job", exact=True)).to_have_value("Tap 1/2 inch")


def test_the_first_tab_key_offers_to_skip_to_the_content(office):
    office.goto("/staff/")
    office.keyboard.press("Tab")

    expect(office.get_by_role("link", name="Skip to main content")).to_be_focused()
    expect(office.get_by_role("link", name="Skip to main content")).to_be_in_viewport()
    office.keyboard.press("Enter")
    expect(office).to_have_url("/staff/#main")


def test_a_sheet_keeps_the_focus_inside_and_gives_it_back(office, day):
    office.goto(f"/staff/work-orders/{day['bare'].id}")
    button = office.get_by_role("button", name="Share", exact=True)
    button.press("Enter")
    expect(office.get_by_role("dialog")).to_be_visible()
    for _stop in range(12):
        office.keyboard.press("Tab")
        assert office.evaluate("document.activeElement.closest('dialog') || document.activeElement === document.body")

    office.keyboard.press("Escape")

    expect(button).to_be_focused()


def test_the_word_on_what_was_done_can_be_undone_from_where_it_stands(office, open_shop):
    job = open_shop.work_order()
    office.goto(f"/staff/work-orders/{job.id}")
    office.get_by_role("button", name="Start").click()

    office.locator("[data-snack]").get_by_role("button", name="Undo").click()

    expect(office.get_by_text("Taken back.")).to_be_visible()
    expect(office.get_by_role("button", name="Start")).to_be_visible()


def test_what_was_done_is_said_and_goes_by_itself(office, open_shop):
    job = open_shop.work_order()
    office.clock.install()
    office.goto(f"/staff/work-orders/{job.id}")
    office.get_by_role("button", name="Start").click()
    office.clock.run_for(1_000)
    expect(office.get_by_role("status").filter(has_text="Started.")).to_be_visible()

    office.clock.run_for(8_000)

    expect(office.locator("[data-snack]")).to_have_count(0)
