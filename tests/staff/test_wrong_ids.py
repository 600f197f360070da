"""Records that are not there, or not of this job: not found, and never an error of ours."""

from decimal import Decimal

import pytest

from models import Event
from portal.domain import parts
from tests.pages import read
from tests.staff.test_roles import call

NUMBERS = ["0", "999999", "-1", "1.0", "²", "x", str(2**31), str(2**63), "9" * 40, "1%00", "1e3", "%31%2F..%2F1"]


@pytest.fixture
def olive(shop):
    return shop.staff_client("Olive")


def routes(shop) -> list[tuple[str, str]]:
    """(method, path with <int:…> left in) of every staff route that takes an id."""
    rules = [
        rule for rule in shop.app.url_map.iter_rules() if rule.endpoint.startswith("staff.") and "<int:" in rule.rule
    ]
    return [(method, rule.rule) for rule in rules for method in sorted(rule.methods & {"GET", "POST"})]


def test_a_record_that_is_not_there_is_not_found(shop, olive):
    before = shop.count(Event)
    found = routes(shop)
    assert len(found) >= 25
    for method, rule in found:
        for number in NUMBERS:
            path = rule.replace("<name>", "x.webp").replace("<verb>", "started")
            for name in ("id", "visit_id", "part_id"):
                path = path.replace(f"<int:{name}>", number)
            assert call(olive, method, path).status_code in (404, 405), f"{method} {path}"
    assert shop.count(Event) == before


def test_the_page_for_it_says_so_and_leads_back(shop, olive):
    page = read(olive.get("/staff/work-orders/999"), 404)
    assert page.h1 == "There is nothing here"
    assert page.all("a", href="/staff/")


def test_a_visit_of_another_job_is_not_found(shop, olive):
    mine, other = shop.work_order("Carol Cruz"), shop.work_order("Mallory May")
    path = f"/staff/work-orders/{mine.id}/visits/{other.visits[0].id}"
    read(olive.get(path), 404)
    form = {"date": "", "from_time": "", "to_time": "", "technician_id": "", "seen": "1"}
    read(olive.post(path, data=form | {"csrf_token": olive.csrf}), 404)
    read(olive.post(f"{path}/remove", data={"csrf_token": olive.csrf}), 404)
    assert len(shop.again(other).visits) == 1


def test_a_part_of_another_job_is_not_found(shop, olive):
    mine, other = shop.work_order("Carol Cruz"), shop.work_order("Mallory May")
    shop.do(parts.add, other, name="Washer", quantity=Decimal(1))
    path = f"/staff/work-orders/{mine.id}/parts/{other.parts[0].id}/remove"
    read(olive.post(path, data={"csrf_token": olive.csrf}), 404)
    assert len(shop.again(other).parts) == 1


@pytest.mark.parametrize(
    "path", ["/staff", "/staff/x", "/staff/work-orders", "/staff//", "/staff/work-orders/1/x", "/x"]
)
def test_an_address_that_leads_nowhere_is_never_an_error_of_ours(shop, olive, path):
    assert olive.get(path).status_code in (301, 308, 404)
