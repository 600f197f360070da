"""The customer signs through the link, where the shop asks for it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from models import Signature
from portal.domain import signatures
from tests.pages import read

DRAWN = "M10 80L60 20L110 90M150 40L200 60"


@pytest.fixture
def job(shop):
    job = shop.steps(shop.work_order(), "start")
    shop.do(signatures.ask, job)
    return job


def test_the_page_leads_to_one_that_takes_a_signature(shop, job):
    carol = shop.app.test_client()
    page = read(carol.get(shop.path(job)))
    assert page.all("a", href=shop.path(job, "/sign"))
    assert read(carol.get(shop.path(job, "/sign"))).h1 == "Please sign here"


def test_it_is_kept_with_name_time_link_and_address_and_stands_on_the_page(shop, job):
    carol = shop.app.test_client()
    answer = carol.post(shop.path(job, "/sign"), data={"name": "Carol Cruz", "signature": DRAWN})
    assert (answer.status_code, answer.location) == (303, shop.path(job))
    page = read(carol.get(answer.location))
    assert "Signed by Carol Cruz" in page.words("signature")
    assert "Please sign" not in page.words()
    kept = shop.again(job).signature
    assert (kept.staff_id, kept.link_id, kept.address) == (None, shop.link(job).id, "127.0.0.1")
    assert shop.verbs(job)[-1] == "signed"


def test_nothing_is_signed_by_pressing_alone(shop, job):
    page = read(shop.app.test_client().post(shop.path(job, "/sign"), data={"name": "Carol Cruz"}), 422)
    assert page.error("typed") == "Nothing is signed yet. Draw in the box, or tick this."
    assert page.kept("name") == "Carol Cruz"
    assert page.title.startswith("Error: ")


def test_without_a_script_the_typed_name_stands_for_it(shop, job):
    shop.app.test_client().post(shop.path(job, "/sign"), data={"name": "Carol Cruz", "typed": "y"})
    assert shop.again(job).signature.path == ""


def test_a_second_signature_changes_nothing(shop, job):
    carol = shop.app.test_client()
    for name in ("Carol Cruz", "Somebody Else"):
        assert carol.post(shop.path(job, "/sign"), data={"name": name, "typed": "y"}).status_code == 303
    assert (shop.again(job).signature.name, shop.count(Signature)) == ("Carol Cruz", 1)


def test_who_is_not_asked_cannot_sign(shop):
    job = shop.steps(shop.work_order(), "start")
    carol = shop.app.test_client()
    assert carol.get(shop.path(job, "/sign")).location == shop.path(job)
    assert carol.post(shop.path(job, "/sign"), data={"name": "Carol", "typed": "y"}).location == shop.path(job)
    assert shop.count(Signature) == 0


def test_nobody_is_asked_before_work_has_begun(shop):
    job = shop.work_order()
    shop.do(signatures.ask, job)
    assert "Please sign" not in read(shop.app.test_client().get(shop.path(job))).words()
    shop.steps(job, "start")
    assert "Please sign" in read(shop.app.test_client().get(shop.path(job))).words()


def test_mallory_signs_nothing_of_carols_and_a_quotes_link_has_no_such_page(shop, job):
    outsider = shop.work_order("Mallory May")
    mallory = shop.app.test_client()
    assert mallory.post(shop.path(outsider, "/sign"), data={"name": "Mallory", "typed": "y"}).status_code == 303
    quote = shop.quote(is_sent=True)
    assert mallory.get(shop.path(quote, "/sign")).status_code == 404
    assert mallory.post(shop.path(quote, "/sign"), data={"name": "M", "typed": "y"}).status_code == 404
    assert shop.count(Signature) == 0


def test_twenty_who_sign_at_once_leave_one_signature(server, open_shop):
    job = open_shop.steps(open_shop.work_order(), "start")
    open_shop.do(signatures.ask, job)
    address = server.url + open_shop.path(job, "/sign")

    def send(number: int) -> int:
        form = {"name": f"Carol {number}", "typed": "y"}
        return requests.post(address, data=form, allow_redirects=False, timeout=30).status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(send, range(20))) == {303}
    assert (open_shop.count(Signature), open_shop.verbs(job).count("signed")) == (1, 1)
