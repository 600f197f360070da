"""The signature on the technician's phone: drawn or typed, never blank, taken back when it was the wrong hand."""

import pytest

from models import Event, Signature
from portal.domain import signatures
from tests.factories import press
from tests.pages import read

DRAWN = "M10 80L60 20L110 90M150 40L200 60"


@pytest.fixture
def job(shop):
    return shop.steps(shop.work_order(), "start")


def path(job, rest="sign"):
    return f"/staff/work-orders/{job.id}/{rest}"


def test_it_is_drawn_on_the_technicians_phone_and_the_customer_sees_it(shop, job):
    theo = shop.staff_client("Theo")
    assert read(theo.get(path(job))).kept("name") == "Carol Cruz"
    answer = press(theo, path(job), {"name": "Carol Cruz", "signature": DRAWN})
    assert answer.status_code == 303
    page = read(theo.get(answer.location))
    assert "Signed by Carol Cruz" in page.words("signed")
    assert "on Theo’s phone" in page.words("signed")
    assert "Signed by Carol Cruz" in read(shop.app.test_client().get(shop.path(job))).words("signature")
    kept = shop.again(job).signature
    assert (kept.staff_id, kept.link_id, kept.path[0]) == (shop.theo.id, None, "M")


@pytest.mark.parametrize("drawn", ["", "M5 5L5 5", "M5 5L6 6", "M1 1", "<svg>", "M1 1L20 20" + "L1 1" * 5000])
def test_a_blank_one_is_refused_and_the_name_is_kept(shop, job, drawn):
    page = read(press(shop.staff_client("Theo"), path(job), {"name": "Carol C.", "signature": drawn}), 422)
    assert page.error("typed") == "Nothing is signed yet. Draw in the box, or tick this."
    assert page.kept("name") == "Carol C."
    assert shop.count(Signature) == 0


def test_a_drawing_outlives_a_slip_in_the_name(shop, job):
    page = read(press(shop.staff_client("Theo"), path(job), {"name": "", "signature": DRAWN}), 422)
    assert page.error("name") == "Write who signs."
    assert page.kept("signature") == DRAWN


def test_the_typed_name_stands_for_it_when_somebody_says_so(shop, job):
    theo = shop.staff_client("Theo")
    assert press(theo, path(job), {"name": "Carol Cruz", "typed": "y"}).status_code == 303
    assert shop.again(job).signature.path == ""
    assert read(theo.get(f"/staff/work-orders/{job.id}")).all("p", **{"class": "signature signature--typed"})


def test_it_can_be_taken_back_and_given_anew_and_both_are_kept(shop, job):
    theo = shop.staff_client("Theo")
    press(theo, path(job), {"name": "Wrong Hand", "signature": DRAWN})
    press(theo, path(job, "take-back-signature"))
    assert shop.again(job).signature is None
    press(theo, path(job), {"name": "Carol Cruz", "signature": DRAWN})
    assert shop.again(job).signature.name == "Carol Cruz"
    assert shop.count(Signature) == 2
    assert shop.verbs(job)[-3:] == ["signed", "signature_taken_back", "signed"]


def test_who_signs_a_second_time_is_told(shop, job):
    theo = shop.staff_client("Theo")
    press(theo, path(job), {"name": "Carol Cruz", "signature": DRAWN})
    assert theo.get(path(job)).status_code == 303
    answer = press(theo, path(job), {"name": "Somebody", "signature": DRAWN}, follow_redirects=True)
    assert "nothing was done" in read(answer).words()
    assert shop.again(job).signature.name == "Carol Cruz"


def test_a_cancelled_job_takes_no_signature(shop, job):
    shop.steps(job, "cancel")
    theo, before = shop.staff_client("Theo"), shop.count(Event)
    press(theo, path(job), {"name": "Carol Cruz", "signature": DRAWN})
    press(theo, path(job, "ask-signature"))
    assert (shop.count(Signature), shop.count(Event)) == (0, before)


def test_it_is_asked_for_on_the_customers_page_until_it_is_given(shop, job):
    theo = shop.staff_client("Theo")
    customer = shop.app.test_client()
    assert "Please sign" not in read(customer.get(shop.path(job))).words()
    press(theo, path(job, "ask-signature"))
    assert "Please sign for the work" in read(customer.get(shop.path(job))).words("sign-request")
    assert "Asked for on the link" in read(theo.get(f"/staff/work-orders/{job.id}")).words("signed")
    press(theo, path(job, "stop-asking"))
    assert "Please sign" not in read(customer.get(shop.path(job))).words()
    press(theo, path(job, "ask-signature"))
    shop.do(signatures.sign, job, name="Carol Cruz", path="", by=shop.theo)
    assert "Please sign" not in read(customer.get(shop.path(job))).words()
