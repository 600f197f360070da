import pytest

from models import PhotoKind
from portal.db import writing
from portal.domain import links, photos
from tests.factories import PICTURE
from tests.pages import read


@pytest.fixture
def job(shop):
    return shop.work_order("Carol Cruz")


def fetch(shop, job, name):
    return shop.app.test_client().get(shop.path(job, f"/photos/{name}"), buffered=True)


def test_the_photos_of_the_job_are_shown_small_and_open_large(shop, job):
    photo = shop.photo(job, caption="Before")
    page = read(shop.app.test_client().get(shop.path(job)))
    image = page.all("img", alt="Photo: Before")[0]
    assert image.get("src") == shop.path(job, f"/photos/{photo.thumb}")
    assert page.all("a", href=shop.path(job, f"/photos/{photo.full}"))
    for name in (photo.full, photo.thumb):
        answer = fetch(shop, job, name)
        assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/webp", PICTURE)


def test_a_photo_may_not_be_kept_by_anybody_on_the_way(shop, job):
    answer = fetch(shop, job, shop.photo(job).full)
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert "ETag" not in answer.headers


def test_the_technicians_face_is_shown_while_they_are_on_the_page(shop, job):
    with writing():
        shop.theo.photo = shop.app.extensions["storage"].put(PICTURE, "webp")
    assert fetch(shop, job, shop.theo.photo).data == PICTURE
    shop.steps(job, "cancel")
    assert fetch(shop, job, shop.theo.photo).status_code == 404


def test_every_other_name_gets_the_one_404(shop, job):
    others = shop.photo(shop.work_order("Mallory May"))
    hidden = shop.photo(job, is_shown=False)
    shop.photo(job)
    nothing = shop.app.test_client().get("/portal/wo/x").data
    for name in (
        others.full,
        others.thumb,
        hidden.full,
        hidden.thumb,
        "0" * 32 + ".webp",
        "..%2f..%2fporchlight.db",
        "..%5c..%5cporchlight.db",
        "%2e%2e%2flink-keys.json",
        "x",
        "%00",
        "a" * 5000,
    ):
        answer = fetch(shop, job, name)
        assert (answer.status_code, answer.data) == (404, nothing), name


def test_a_photo_whose_file_is_gone_gets_the_one_404(shop, job):
    photo = shop.photo(job)
    shop.app.extensions["storage"].path(photo.full).unlink()
    assert fetch(shop, job, photo.full).status_code == 404
    assert fetch(shop, job, photo.thumb).status_code == 200


def test_after_a_revoke_every_photo_gets_the_one_404_at_once(shop, job):
    photo, path = shop.photo(job), shop.path(job)
    visitor = shop.app.test_client()
    addresses = [f"{path}/photos/{name}" for name in (photo.full, photo.thumb)]
    assert [visitor.get(address, buffered=True).status_code for address in addresses] == [200, 200]
    shop.do(links.revoke, job)
    nothing = visitor.get("/portal/wo/x")
    for address in addresses:
        answer = visitor.get(address, buffered=True)
        assert (answer.status_code, answer.data) == (404, nothing.data)
        assert dict(answer.headers) == dict(nothing.headers)


def test_photos_are_told_in_the_order_of_the_work(shop, job):
    for kind, caption in (("after", "New"), ("other", "Valve"), ("before", "Old"), ("before", "")):
        photo = shop.photo(job, caption=caption)
        shop.do(photos.edit, photo, kind=PhotoKind(kind), caption=caption, is_shown=True)
    page = read(shop.app.test_client().get(shop.path(job)))
    told = [image.get("alt") for image in page.all("img") if "/photos/" in image.get("src")]
    assert told == ["Photo: Before · Old", "Photo: Before", "Photo: Valve", "Photo: After · New"]
