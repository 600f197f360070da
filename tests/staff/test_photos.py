"""Stored pictures, as staff see them."""

import pytest

from portal.db import writing
from tests.factories import PICTURE
from tests.pages import read


@pytest.fixture
def job(shop):
    return shop.work_order()


def test_a_photo_of_the_job_is_shown_with_what_it_shows(shop, job):
    photo = shop.photo(job, caption="Before")
    office = shop.staff_client()
    assert "Before" in read(office.get(f"/staff/work-orders/{job.id}")).words()
    for name in (photo.full, photo.thumb):
        answer = office.get(f"/staff/work-orders/{job.id}/photos/{name}", buffered=True)
        assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/webp", PICTURE)


def test_the_office_also_sees_photos_that_are_not_for_the_customer(shop, job):
    hidden = shop.photo(job, is_shown=False)
    answer = shop.staff_client().get(f"/staff/work-orders/{job.id}/photos/{hidden.full}", buffered=True)
    assert answer.status_code == 200


def test_a_name_that_is_not_this_jobs_is_not_found(shop, job):
    others = shop.photo(shop.work_order("Mallory May"))
    office = shop.staff_client()
    for name in (others.full, "x.webp", "..%2f..%2fporchlight.db", "%00", "0" * 32 + ".webp"):
        assert office.get(f"/staff/work-orders/{job.id}/photos/{name}").status_code == 404


def test_a_photo_whose_file_is_gone_is_not_found(shop, job):
    photo = shop.photo(job)
    shop.app.extensions["storage"].path(photo.full).unlink()
    assert shop.staff_client().get(f"/staff/work-orders/{job.id}/photos/{photo.full}").status_code == 404


def test_a_face_is_shown_where_there_is_one(shop):
    with writing():
        shop.theo.photo = shop.app.extensions["storage"].put(PICTURE, "webp")
    office = shop.staff_client()
    assert office.get(f"/staff/people/{shop.theo.id}/photo", buffered=True).data == PICTURE
    assert office.get(f"/staff/people/{shop.dana.id}/photo").status_code == 404
    assert office.get("/staff/people/999/photo").status_code == 404
