"""Photos from a technician's phone on a bad line: whatever happens on the way, each arrives, and arrives once."""

import io

import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import expect

from models import Photo, WorkOrder, db
from portal.db import writing
from tests.browser.chromium import PHONE
from tests.browser.inspection import Watched
from tests.conftest import wait_for

pytestmark = pytest.mark.browser
MANY = 20
TWELVE_MEGAPIXELS = (4000, 3000)


@pytest.fixture(scope="module")
def camera(tmp_path_factory):
    """Photos of 12 megapixels, each in a colour of its own, with a camera's grain in it."""
    folder = tmp_path_factory.mktemp("camera")
    grain = Image.effect_noise(TWELVE_MEGAPIXELS, 12)
    photos = []
    for number in range(MANY):
        colour = Image.new("RGB", TWELVE_MEGAPIXELS, hue(number))
        photo = Image.blend(colour, Image.merge("RGB", [grain] * 3), 0.1)
        photos.append(folder / f"IMG_{number:04}.jpg")
        photo.save(photos[-1], quality=90)
    return photos


def hue(number: int) -> tuple[int, int, int]:
    return (number % 5 * 50, number // 5 * 60, 120)


def number_of(shop, photo: Photo) -> int:
    """Which of the camera's photos a kept one is, by its colour."""
    content = shop.app.extensions["storage"].path(photo.thumb).read_bytes()
    seen = Image.open(io.BytesIO(content)).convert("RGB").resize((1, 1)).getpixel((0, 0))
    distances = {n: sum(abs(a * 0.9 + 12.8 - b) for a, b in zip(hue(n), seen, strict=True)) for n in range(MANY)}
    return min(distances, key=distances.get)


@pytest.fixture
def job(open_shop):
    return open_shop.steps(open_shop.work_order("Carol Cruz", title="Kitchen tap"), "start")


@pytest.fixture
def theo(new_page, signed_in):
    """Theo on his phone."""
    return new_page(PHONE, **signed_in("Theo"))


def kept(shop, job) -> list[Photo]:
    db.session.rollback()
    return list(shop.again(job).photos)


def assign(shop, job, technician) -> None:
    db.session.rollback()
    with writing():
        db.session.get(WorkOrder, job.id).visits[0].technician = shop.person(technician)


def choose(page, photos) -> None:
    page.get_by_label("Add photos").set_input_files(photos)


def waiting(page):
    return page.locator(".photo-wait")


def strip(page):
    return page.get_by_text("Photos waiting for signal:")


def signal_is_gone(page, line) -> None:
    wait_for(lambda: line.is_down, "the line to break", within_s=90)
    expect(strip(page)).to_be_visible(timeout=60_000)


def signal_returns(page, line) -> None:
    line.come_up()
    page.evaluate("dispatchEvent(new Event('online'))")


def test_what_is_chosen_before_the_script_has_come_is_sent_too(theo, open_shop, job, camera):
    held = []
    theo.route("**/photo-form*", lambda route: held.append(route))
    theo.goto(f"/staff/work-orders/{job.id}", wait_until="commit")
    choose(theo, camera[:2])
    wait_for(lambda: held or theo.wait_for_timeout(10), "the script to be asked for")
    held[0].continue_()
    expect(theo.locator(".photo-tile")).to_have_count(2)
    expect(waiting(theo)).to_have_count(0)
    assert len(kept(open_shop, job)) == 2


def test_twenty_photos_survive_a_bad_line_a_reload_and_a_server_that_dies(
    theo, phone, server, open_shop, job, line, camera
):
    """Cut three times, each time in another place: inside a photo, before its answer, and for a closed tab."""
    path, arrived = f"{line.url}/staff/work-orders/{job.id}", lambda: len(kept(open_shop, job))
    phone.goto(open_shop.path(job))
    theo.goto(path)
    choose(theo, camera)
    expect(waiting(theo).first).to_be_visible()

    wait_for(lambda: arrived() >= 2, "the first photos", within_s=90)
    line.go_down_after(150_000)
    signal_is_gone(theo, line)
    signal_returns(theo, line)

    line.loses_answers_to = f"POST /staff/work-orders/{job.id}/photos ".encode()
    signal_is_gone(theo, line)
    lost = arrived()
    signal_returns(theo, line)
    wait_for(lambda: arrived() >= lost + 2, "more photos", within_s=90)
    theo.reload()

    wait_for(lambda: arrived() >= 10, "half of the photos", within_s=90)
    server.kill()
    expect(strip(theo)).to_be_visible(timeout=60_000)
    server.start()
    theo.evaluate("dispatchEvent(new Event('online'))")

    wait_for(lambda: arrived() >= 13, "more photos", within_s=90)
    line.go_down_after(150_000)
    signal_is_gone(theo, line)
    theo.close()
    line.come_up()
    again = theo.context.new_page()
    again.goto(f"{line.url}/staff/")  # not even the page of the job

    wait_for(lambda: arrived() >= MANY, "all photos", within_s=180)
    again.goto(path)
    expect(again.locator(".photo-tile")).to_have_count(MANY)
    expect(waiting(again)).to_have_count(0)
    assert sorted(number_of(open_shop, photo) for photo in kept(open_shop, job)) == list(range(MANY))
    assert open_shop.verbs(job).count("photo_added") == MANY
    expect(phone.locator(".photos li")).to_have_count(MANY)


def test_a_photo_is_shrunk_before_it_travels(theo, open_shop, job, server, camera):
    sent = []
    theo.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    theo.goto(f"/staff/work-orders/{job.id}")
    choose(theo, camera[:1])
    expect(theo.locator(".photo-tile")).to_have_count(1, timeout=60_000)
    (photo,) = kept(open_shop, job)
    full = Image.open(open_shop.app.extensions["storage"].path(photo.full))
    assert full.size == (2560, 1920)
    length = int(next(r for r in sent if r.url.endswith("/photos")).all_headers()["content-length"])
    assert 0 < length < camera[0].stat().st_size / 2


def test_what_is_said_in_the_form_goes_with_the_photo(theo, open_shop, job, camera):
    theo.goto(f"/staff/work-orders/{job.id}")
    theo.get_by_label("After").check()
    theo.get_by_label("Show to the customer").uncheck()
    choose(theo, camera[:1])
    expect(theo.locator(".photo-tile--hidden")).to_have_count(1, timeout=60_000)
    (photo,) = kept(open_shop, job)
    assert (photo.kind, photo.is_shown) == ("after", False)
    expect(theo.locator("[data-photo-count]")).to_have_text("1, of which the customer sees 0")


def test_a_heic_that_the_browser_cannot_read_travels_as_it_is(theo, open_shop, job, tmp_path):
    picture = Image.linear_gradient("L").resize((640, 480)).convert("RGB")
    pillow_heif.from_pillow(picture).save(tmp_path / "IMG_1.HEIC")
    theo.goto(f"/staff/work-orders/{job.id}")
    choose(theo, [tmp_path / "IMG_1.HEIC"])
    expect(theo.locator(".photo-tile")).to_have_count(1, timeout=60_000)
    assert len(kept(open_shop, job)) == 1


def test_a_file_that_is_refused_says_why_and_can_be_removed(theo, open_shop, job, tmp_path):
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    theo.goto(f"/staff/work-orders/{job.id}")
    choose(theo, [tmp_path / "drawing.svg"])
    refused = theo.locator(".photo-wait--refused")
    expect(refused).to_contain_text("drawing.svg: That is not a photo we can read.", timeout=60_000)
    theo.reload()
    expect(refused).to_contain_text("drawing.svg")
    refused.get_by_role("button", name="Remove").click()
    expect(refused).to_have_count(0)
    theo.reload()
    expect(theo.get_by_label("Add photos")).to_be_visible()
    expect(refused).to_have_count(0)


def test_photos_wait_for_whoever_took_them(new_page, signed_in, theo, open_shop, job, line, camera):
    """A phone that two people share: nobody sends what another took."""
    path = f"{line.url}/staff/work-orders/{job.id}"
    theo.goto(path)
    line.go_down()
    choose(theo, camera[:1])
    expect(strip(theo)).to_be_visible(timeout=60_000)
    line.come_up()
    theo.context.clear_cookies()
    theo.context.add_cookies(signed_in("Dana")["storage_state"]["cookies"])
    theo.goto(path)
    expect(theo.get_by_label("Add photos")).to_be_visible()
    expect(waiting(theo)).to_have_count(0)
    assert kept(open_shop, job) == []
    theo.context.clear_cookies()
    theo.context.add_cookies(signed_in("Theo")["storage_state"]["cookies"])
    theo.goto(path)
    expect(theo.locator(".photo-tile")).to_have_count(1, timeout=60_000)


def test_an_open_page_sends_nothing_for_whoever_signed_in_from_another_tab(
    signed_in, theo, open_shop, job, line, camera
):
    theo.goto(f"{line.url}/staff/work-orders/{job.id}")
    theo.context.clear_cookies()
    theo.context.add_cookies(signed_in("Dana")["storage_state"]["cookies"])
    choose(theo, camera[:1])
    expect(theo.get_by_text("You were signed out.")).to_be_visible(timeout=60_000)
    assert kept(open_shop, job) == []
    theo.context.clear_cookies()
    theo.context.add_cookies(signed_in("Theo")["storage_state"]["cookies"])
    signal_returns(theo, line)
    expect(theo.locator(".photo-tile")).to_have_count(1, timeout=60_000)
    assert [photo.taken_by.name for photo in kept(open_shop, job)] == ["Theo Tran"]


def refusals(page):
    return page.locator("[data-photo-refusals]")


def test_what_was_refused_is_told_on_every_page_until_it_is_removed(theo, open_shop, job, tmp_path):
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    theo.goto(f"/staff/work-orders/{job.id}")
    choose(theo, [tmp_path / "drawing.svg"])
    expect(theo.locator(".photo-wait--refused")).to_be_visible(timeout=60_000)
    expect(refusals(theo)).to_be_hidden()
    watched = Watched(theo)
    theo.goto("/staff/me")
    expect(refusals(theo)).to_contain_text("Photos that were not added: 1")
    expect(refusals(theo)).to_contain_text("That is not a photo we can read.")
    for scheme in ("light", "dark"):
        assert watched.axe(scheme) == []
    with watched.narrowed(360, 100):
        assert watched.cut_off() == []
    assert watched.small_targets() == []
    refusals(theo).get_by_role("button", name="Remove").click()
    expect(refusals(theo)).to_be_hidden()
    theo.goto(f"/staff/work-orders/{job.id}")
    expect(theo.get_by_label("Add photos")).to_be_visible()
    expect(waiting(theo)).to_have_count(0)


def test_photos_of_a_job_that_went_to_somebody_else_can_be_sent_when_it_is_theirs_again(
    theo, open_shop, job, line, camera
):
    theo.goto(f"{line.url}/staff/work-orders/{job.id}")
    line.go_down()
    choose(theo, camera[:2])
    expect(strip(theo)).to_be_visible(timeout=60_000)
    assign(open_shop, job, "Dana")
    line.come_up()
    theo.goto(f"{line.url}/staff/me")
    expect(refusals(theo)).to_contain_text("Photos that were not added: 2", timeout=60_000)
    expect(refusals(theo)).to_contain_text("This job is not yours any more, or it is gone.")
    assign(open_shop, job, "Theo")
    refusals(theo).get_by_role("button", name="Try again").click()
    expect(refusals(theo)).to_be_hidden()
    wait_for(lambda: len(kept(open_shop, job)) == 2, "both photos", within_s=60)


def test_a_photo_that_the_server_chokes_on_holds_up_no_other(theo, open_shop, job, camera):
    def answer(route) -> None:
        bad = b'filename="IMG_0000.jpg"' in route.request.post_data_buffer
        route.fulfill(status=500, body="oh") if bad else route.continue_()

    theo.route("**/photos", answer)
    theo.goto(f"/staff/work-orders/{job.id}")
    choose(theo, camera[:3])
    expect(theo.locator(".photo-tile")).to_have_count(2, timeout=90_000)
    expect(waiting(theo)).to_have_count(1)
    theo.unroute("**/photos")
    theo.evaluate("dispatchEvent(new Event('online'))")
    expect(theo.locator(".photo-tile")).to_have_count(3, timeout=90_000)


def test_trouble_that_does_not_pass_is_told_in_the_servers_words(theo, job, camera):
    theo.route("**/photos", lambda route: route.fulfill(status=503, json={"error": "There is no room for photos."}))
    theo.goto(f"/staff/work-orders/{job.id}")
    choose(theo, camera[:1])
    expect(strip(theo)).to_be_visible(timeout=60_000)
    expect(theo.get_by_text("There is no room for photos.")).to_be_visible(timeout=60_000)
    expect(strip(theo)).to_be_hidden()


CUT_ONCE = """
  const whole = Response.prototype.text
  Response.prototype.text = function () {
    Response.prototype.text = whole
    return Promise.reject(new TypeError('network error'))
  }
  HTMLCanvasElement.prototype.toBlob = () => { throw new Error('no memory') }
"""


def test_an_answer_cut_in_the_middle_and_a_phone_without_memory_stop_nothing(theo, open_shop, job, camera):
    theo.add_init_script(CUT_ONCE)
    theo.goto(f"/staff/work-orders/{job.id}")
    theo.evaluate("document.querySelector('meta[name=csrf-token]').content = 'of an older session'")
    choose(theo, camera[:1])
    expect(theo.locator(".photo-tile")).to_have_count(1, timeout=60_000)
    assert len(kept(open_shop, job)) == 1


def test_the_page_is_for_everybody_while_photos_wait(theo, job, line, camera):
    watched = Watched(theo)
    theo.goto(f"{line.url}/staff/work-orders/{job.id}")
    line.go_down()
    choose(theo, camera[:2])
    expect(strip(theo)).to_be_visible(timeout=60_000)
    for scheme in ("light", "dark"):
        assert watched.axe(scheme) == []
    assert watched.cut_off() == []
    with watched.narrowed(360, 100):
        assert watched.cut_off() == []
    assert watched.small_targets() == []
