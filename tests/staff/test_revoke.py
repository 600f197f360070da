import pytest

from tests.factories import press
from tests.pages import read


@pytest.fixture
def job(shop):
    return shop.work_order()


def test_revoking_ends_the_link_everywhere(shop, job):
    page, customer = shop.path(job), shop.app.test_client()
    assert customer.get(page).status_code == 200
    office = shop.staff_client()

    answer = press(office, f"/staff/work-orders/{job.id}/revoke")

    assert (answer.status_code, answer.location) == (303, f"/staff/work-orders/{job.id}")
    for rest in ("", "/live", "/help", "/calendar.ics", "/photos/x"):
        assert customer.get(page + rest).status_code == 404
    for rest in ("/help", "/seen"):
        assert customer.post(page + rest, data={"message": "Hello"}).status_code == 404


def test_the_jobs_page_says_that_it_is_done_and_shows_no_link_any_more(shop, job):
    shop.path(job)
    office = shop.staff_client()
    answer = press(office, f"/staff/work-orders/{job.id}/revoke")
    page = read(office.get(answer.location))
    assert "Link revoked. It opens nothing any more" in page.words()
    assert page.find("share-url") is None


def test_a_second_tap_on_revoke_is_harmless(shop, job):
    shop.path(job)
    office = shop.staff_client()
    for _ in range(2):
        assert press(office, f"/staff/work-orders/{job.id}/revoke").status_code == 303
    assert shop.verbs(job).count("revoked") == 1


def test_sharing_again_makes_another_link_and_the_old_one_stays_dead(shop, job):
    old = shop.path(job)
    office = shop.staff_client()
    press(office, f"/staff/work-orders/{job.id}/revoke")
    press(office, f"/staff/work-orders/{job.id}/share")
    new = shop.path(job)
    assert new != old
    assert shop.app.test_client().get(old).status_code == 404
    assert shop.app.test_client().get(new).status_code == 200


def test_one_revoked_link_leaves_the_others_alone(shop, job):
    other = shop.path(shop.work_order("Mallory May"))
    shop.path(job)
    press(shop.staff_client(), f"/staff/work-orders/{job.id}/revoke")
    assert shop.app.test_client().get(other).status_code == 200
