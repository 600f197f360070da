"""Mallory holds a link of her own. It shows her nothing of Carol's, on any route, whatever she puts into it."""

from decimal import Decimal

import pytest

from models import Message
from portal.domain import parts, signatures, timeline
from tests.pages import read

SECRETS = ("Carol", "Cruz", "Boiler room", "9 Birch Lane", "Salem", "Copper pipe", "1001", "Before the flood", "Dana")


@pytest.fixture
def carols(shop):
    job = shop.work_order("Carol Cruz", title="Boiler room", street="9 Birch Lane", locality="Salem", technician="Dana")
    shop.do(parts.add, job, name="Copper pipe", quantity=Decimal(1))
    shop.photo(job, caption="Before the flood")
    shop.do(signatures.sign, job, name="Carol Cruz", path="M1 1L20 20")
    shop.message(job, "From Carol")
    return job


@pytest.fixture
def mallorys(shop, carols):
    return shop.work_order("Mallory May", title="Tap")


@pytest.fixture
def mallory(shop):
    return shop.app.test_client()


def test_there_is_something_to_steal(shop, carols, mallory):
    page = read(mallory.get(shop.path(carols)))
    assert all(secret in page.html for secret in SECRETS if secret not in ("Carol", "Cruz"))
    assert "Carol Cruz" in page.words("signature")


def test_no_route_of_hers_shows_anything_of_carols(shop, carols, mallorys, mallory):
    path, seen = shop.path(mallorys), 0
    photo = carols.photos[0]
    for rule in shop.app.url_map.iter_rules():
        if not rule.endpoint.startswith("customer.") or rule.endpoint == "customer.live":
            continue
        rest = rule.rule.partition("<token>")[2].replace("<name>", photo.full)
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
            for query in ("", f"?id={carols.id}&work_order_id={carols.id}&number=1001&name={photo.thumb}"):
                answer = mallory.open(path + rest + query, method=method, data={"message": "Hi", "id": str(carols.id)})
                assert not [secret for secret in SECRETS if secret in answer.text], f"{method} {rest}"
                seen += 1
    assert seen >= 50


def test_a_photo_of_carols_is_like_one_that_never_was(shop, carols, mallorys, mallory):
    photo = carols.photos[0]
    hers = shop.path(mallorys, "/photos/")
    for name in (photo.full, photo.thumb):
        theirs, nothing = mallory.get(hers + name), mallory.get(hers + "0" * 32 + ".webp")
        assert (theirs.status, sorted(theirs.headers), theirs.data) == (
            nothing.status,
            sorted(nothing.headers),
            nothing.data,
        )
        assert theirs.status_code == 404


def test_what_she_writes_stays_with_her_own_job(shop, carols, mallorys, mallory):
    form = {"message": "Cancel it", "work_order_id": str(carols.id), "link_id": "1", "id": str(carols.id)}
    assert mallory.post(shop.path(mallorys, "/help"), data=form).status_code == 303
    assert shop.count(Message, work_order_id=carols.id) == 1
    assert shop.count(Message, work_order_id=mallorys.id) == 1


def test_her_looks_are_not_counted_as_carols(shop, carols, mallorys, mallory):
    mallory.post(shop.path(mallorys, "/seen"))
    assert shop.again(shop.link(mallorys)).opened_count == 1
    assert shop.again(shop.link(carols)).opened_count == 0


def test_her_stream_tells_her_own_version_and_not_carols(shop, carols, mallorys, mallory):
    shop.steps(carols, "start")
    assert timeline.version("wo", carols.id) != timeline.version("wo", mallorys.id)
    answer = mallory.get(shop.path(mallorys, "/live"))
    first = next(answer.iter_encoded())
    answer.close()
    assert f"data: {timeline.version('wo', mallorys.id)}\n".encode() in first


def test_her_token_at_the_staff_door_is_nothing(shop, mallorys, mallory):
    for path in (f"/staff/sign-in/{shop.token(mallorys)}", f"/staff/work-orders/{shop.token(mallorys)}"):
        assert mallory.get(path).status_code in (302, 404)


def test_both_halves_of_two_tokens_make_no_third(shop, carols, mallorys, mallory):
    mixed = shop.token(mallorys)[:14] + shop.token(carols)[14:]
    assert mallory.get(f"/portal/wo/{mixed}").status_code == 404
