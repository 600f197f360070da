"""Photos of a job through the door: sent by a form or from the queue, described, hidden, taken out."""

import hashlib
import io

import pytest
from PIL import Image

from models import Photo, PhotoKind, db
from portal.domain import links, photos, signatures
from tests.factories import csrf_of, press
from tests.outside.hostile import saved, scene
from tests.pages import read

KEY = "0123456789abcdef" * 2


@pytest.fixture
def shop(shop):
    yield shop
    shop.app.extensions["worker"].stop()


@pytest.fixture
def job(shop):
    return shop.work_order()


@pytest.fixture
def theo(shop):
    return shop.staff_client("Theo")


def picture(size: tuple[int, int] = (640, 480), kind: str = "JPEG", **how) -> bytes:
    return saved(scene(size), kind, **how)


def form(*contents: bytes, **said: str) -> dict:
    files = [(io.BytesIO(content), f"IMG_{number}.JPG") for number, content in enumerate(contents, 1)]
    return {"photos": files, "kind": "before", "is_shown": "y"} | said


def send(client, job, *contents: bytes, **said: str):
    """As the page's form does without script."""
    path = f"/staff/work-orders/{job.id}/photos"
    return press(client, path, form(*contents, **said), content_type="multipart/form-data")


def queue(client, job, content: bytes, key: str = KEY, **said: str):
    """As the page's queue does."""
    path, headers = f"/staff/work-orders/{job.id}/photos", {"Accept": "application/json"}
    data = form(content, key=key, **said)
    return press(client, path, data, headers=headers, content_type="multipart/form-data")


def kept(shop, job) -> list[Photo]:
    db.session.rollback()
    return list(shop.again(job).photos)


def files(shop) -> set[str]:
    """The names of all that lies in storage."""
    folder = shop.app.extensions["storage"].folder
    return {path.name for path in folder.rglob("*") if path.is_file()}


# --- sent by the form ----------------------------------------------------------------------------------------------


def test_many_photos_are_sent_at_once_and_the_customer_sees_them(shop, job, theo):
    answer = send(theo, job, picture(), picture((480, 640)), picture((100, 100), "PNG"), kind="after")
    assert (answer.status_code, answer.location) == (303, f"/staff/work-orders/{job.id}#photos")
    assert "3 photos added." in read(theo.get(f"/staff/work-orders/{job.id}")).words()

    visitor, page = shop.app.test_client(), read(shop.app.test_client().get(shop.path(job)))
    thumbs = page.all("img", alt="Photo: After")
    assert [(img.get("width"), img.get("height")) for img in thumbs] == [("480", "360"), ("360", "480"), ("100", "100")]
    for photo in kept(shop, job):
        assert (photo.kind, photo.is_shown, photo.taken_by.name) == (PhotoKind.AFTER, True, "Theo Tran")
        full = visitor.get(shop.path(job, f"/photos/{photo.full}"), buffered=True)
        assert (full.mimetype, Image.open(io.BytesIO(full.data)).format) == ("image/jpeg", "JPEG")
        thumb = visitor.get(shop.path(job, f"/photos/{photo.thumb}"), buffered=True)
        assert thumb.mimetype == "image/webp"
        assert photo.byte_count == len(full.data) + len(thumb.data)


def test_a_form_that_is_sent_again_adds_nothing(shop, job, theo):
    for _time in range(2):
        assert send(theo, job, picture(), picture((100, 100))).status_code == 303
    assert len(kept(shop, job)) == 2
    assert files(shop) == {name for photo in kept(shop, job) for name in (photo.full, photo.thumb)}


def test_of_several_files_the_good_ones_are_kept_and_the_others_named(shop, job, theo):
    page = read(send(theo, job, picture(), b"<svg/>", picture((100, 100))), 422)
    assert "2 photos were added. These were not:" in page.words()
    assert "IMG_2.JPG: That is not a photo we can read. Use a JPEG, HEIC, PNG or WebP file." in page.words()
    assert page.title.startswith("Error:")
    assert len(kept(shop, job)) == 2


def test_a_form_without_a_photo_says_what_to_do(shop, job, theo):
    page = read(send(theo, job), 422)
    assert "Choose a photo first." in page.words()


def test_without_the_tick_the_customer_does_not_see_it_and_the_office_is_told(shop, job, theo):
    send(theo, job, picture(), is_shown="")
    (photo,) = kept(shop, job)
    assert not photo.is_shown
    office = read(theo.get(f"/staff/work-orders/{job.id}"))
    assert "Only we see this" in office.words()
    assert "1, of which the customer sees 0" in office.words()
    visitor = shop.app.test_client()
    assert read(visitor.get(shop.path(job))).all("ul", **{"class": "photos"}) == []
    assert visitor.get(shop.path(job, f"/photos/{photo.full}")).status_code == 404


def test_a_photo_is_of_before_until_one_exists_and_of_after_from_then_on(shop, job, theo):
    path = f"/staff/work-orders/{job.id}"
    assert read(theo.get(path)).kept("kind") == "before"
    shop.steps(job, "start")
    assert read(theo.get(path)).kept("kind") == "before"
    send(theo, job, picture())
    assert read(theo.get(path)).kept("kind") == "after"


def test_before_the_work_began_every_photo_shows_how_it_was(shop, job, theo):
    send(theo, job, picture())
    assert read(theo.get(f"/staff/work-orders/{job.id}")).kept("kind") == "before"


def test_once_the_work_is_done_a_photo_shows_how_it_is_now(shop, job, theo):
    shop.steps(job, "start", "complete")
    assert read(theo.get(f"/staff/work-orders/{job.id}")).kept("kind") == "after"


# --- sent from the queue -------------------------------------------------------------------------------------------


def test_the_queue_gets_the_photo_as_the_page_shows_it(shop, job, theo):
    answer = queue(theo, job, picture())
    assert answer.status_code == 201
    (photo,) = kept(shop, job)
    assert f'href="/staff/work-orders/{job.id}/photos/{photo.id}/edit"' in answer.json["tile"]
    assert answer.json["count"] == "1, shown to the customer"


def test_the_same_key_is_one_photo_however_often_it_comes(shop, job, theo):
    tiles = [queue(theo, job, picture()).json["tile"] for _time in range(3)]
    assert len(set(tiles)) == 1
    assert len(kept(shop, job)) == 1
    assert shop.verbs(job).count("photo_added") == 1
    assert len(files(shop)) == 2


def test_two_who_send_one_key_at_once_leave_one_photo_and_no_stray_file(shop, job):
    """The second finds the first's row only when its own files are kept already."""
    storage = shop.app.extensions["storage"]
    names = [[storage.put(b"x", "jpg"), storage.put(b"y", "webp")] for _who in range(2)]
    added = [
        shop.do(photos.add, job, full=full, thumb=thumb, size=(1, 1), byte_count=2, key=KEY) for full, thumb in names
    ]
    assert added[0].id == added[1].id
    assert len(kept(shop, job)) == 1


def test_another_job_takes_the_same_key(shop, job, theo):
    other = shop.work_order()
    assert [queue(theo, it, picture()).status_code for it in (job, other)] == [201, 201]
    assert [len(kept(shop, it)) for it in (job, other)] == [1, 1]


@pytest.mark.parametrize("key", ["", "x", "../../etc/passwd", "A" * 32, "0" * 500])
def test_without_a_proper_key_the_content_is_the_key(shop, job, theo, key):
    content = picture()
    assert queue(theo, job, content, key).status_code == 201
    assert kept(shop, job)[0].upload_key == hashlib.sha256(content).hexdigest()


def test_a_refusal_is_final_and_says_why(shop, job, theo):
    answer = queue(theo, job, b"no picture")
    assert answer.status_code == 422
    assert answer.json["error"].startswith("That is not a photo we can read.")
    assert kept(shop, job) == []
    assert files(shop) == set()


def test_a_stranger_sends_nothing(shop, job):
    stranger = shop.app.test_client()
    page = stranger.get("/staff/sign-in").text
    stranger.csrf = csrf_of(page)
    assert queue(stranger, job, picture()).status_code == 401
    answer = send(stranger, job, picture())
    assert (answer.status_code, answer.location) == (303, "/staff/sign-in")
    page = read(send(stranger, job, bytes(2 << 20)), 400)
    assert "Go back, reload and try again." in page.words()
    assert kept(shop, job) == []


def test_what_another_person_took_is_not_taken_from_whoever_is_signed_in_now(shop, job, theo):
    theirs = [queue(theo, it, picture(), me=str(shop.dana.id)) for it in (job, shop.work_order(technician="Dana"))]
    assert [answer.status_code for answer in theirs] == [401, 401]
    assert kept(shop, job) == []
    assert queue(theo, job, picture(), me=str(shop.theo.id)).status_code == 201


def test_a_full_work_order_takes_no_more(shop, job, theo, monkeypatch):
    monkeypatch.setattr(photos, "MOST", 1)
    assert queue(theo, job, picture()).status_code == 201
    answer = queue(theo, job, picture((100, 100)), "f" * 32)
    assert answer.status_code == 422
    assert answer.json["error"] == "This work order holds as many photos as it can. Take some out first."
    assert queue(theo, job, picture()).status_code == 201, "what came before is not refused"
    assert len(kept(shop, job)) == 1


def test_a_full_disk_is_no_reason_to_throw_the_photo_away(shop, job, theo, monkeypatch):
    monkeypatch.setattr("portal.outside.storage.SPARE_BYTES", 2**62)
    answer = queue(theo, job, picture())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json["error"].startswith("There is no room for photos at this moment.")
    assert files(shop) == set()


def test_the_log_says_who_added_a_photo(shop, job, theo):
    queue(theo, job, picture())
    assert "Theo added a photo" in read(theo.get(f"/staff/work-orders/{job.id}")).words()


def test_many_photos_are_one_line_of_the_log(shop, job, theo):
    send(theo, job, picture(), picture((100, 100)), picture((90, 90)))
    words = read(theo.get(f"/staff/work-orders/{job.id}")).words()
    assert words.count("Theo added") == 1
    assert "Theo added 3 photos" in words


# --- afterwards ----------------------------------------------------------------------------------------------------


def photo_path(job, photo, rest: str = "edit") -> str:
    return f"/staff/work-orders/{job.id}/photos/{photo.id}/{rest}"


def test_a_photo_is_described_and_hidden(shop, job, theo):
    photo = shop.photo(job)
    page = read(theo.get(photo_path(job, photo)))
    assert page.h1 == "Photo of the job"
    answer = press(theo, photo_path(job, photo), {"kind": "after", "caption": " New  valve ", "is_shown": "y"})
    assert answer.location == f"/staff/work-orders/{job.id}#photos"
    customers = read(shop.app.test_client().get(shop.path(job)))
    assert customers.all("img", alt="Photo: After · New valve")
    press(theo, photo_path(job, photo), {"kind": "after", "caption": "New valve"})
    assert not read(shop.app.test_client().get(shop.path(job))).all("img", alt="Photo: After · New valve")
    assert [verb for verb in shop.verbs(job) if "photo" in verb] == ["photo_edited", "photo_hidden"]


def test_a_caption_that_is_too_long_is_kept_in_the_field(shop, job, theo):
    photo = shop.photo(job, caption="Before")
    page = read(press(theo, photo_path(job, photo), {"kind": "other", "caption": "x" * 121, "is_shown": "y"}), 422)
    assert page.kept("caption") == "x" * 121
    assert page.error("caption")
    assert shop.again(photo).caption == "Before"


def test_a_photo_that_no_customer_can_have_seen_is_deleted_with_its_files(shop, job, theo):
    send(theo, job, picture())
    (photo,) = kept(shop, job)
    assert press(theo, photo_path(job, photo, "remove")).status_code == 303
    assert shop.count(Photo) == 0
    assert files(shop) == set()


@pytest.mark.parametrize("how", ["shared", "share taken back", "signed"])
def test_what_the_customer_may_have_seen_is_taken_out_of_sight_and_kept(shop, job, theo, how):
    send(theo, job, picture(), kind="after", caption="New valve")
    (photo,) = kept(shop, job)
    shop.steps(job, "start")
    address = shop.path(job, f"/photos/{photo.full}") if how != "signed" else "/"
    if how == "share taken back":
        shop.do(links.revoke, job)
    if how == "signed":
        shop.do(signatures.sign, job, name="Carol", path="M1 1")
    assert press(theo, photo_path(job, photo, "remove")).status_code == 303

    assert kept(shop, job) == []
    assert shop.again(photo).taken_out_at is not None
    assert files(shop) == {photo.full, photo.thumb}
    if how == "shared":
        assert shop.app.test_client().get(address).status_code == 404
        assert read(shop.app.test_client().get(shop.path(job))).all("ul", **{"class": "photos"}) == []
    office = read(theo.get(f"/staff/work-orders/{job.id}"))
    assert not office.all("img", width="480")
    assert "Theo took a photo out: After · New valve" in office.words()
    for path in (photo_path(job, photo), f"/staff/work-orders/{job.id}/photos/{photo.full}"):
        assert theo.get(path).status_code == 404
    assert press(theo, photo_path(job, photo, "remove")).status_code == 404


def test_what_was_taken_out_takes_no_room_and_can_be_added_again(shop, job, theo, monkeypatch):
    monkeypatch.setattr(photos, "MOST", 1)
    shop.path(job)
    for _time in range(2):
        assert send(theo, job, picture()).status_code == 303
        (photo,) = kept(shop, job)
        assert press(theo, photo_path(job, photo, "remove")).status_code == 303
    assert shop.count(Photo) == 2


def test_a_photo_is_changed_through_its_own_job_only(shop, job, theo):
    others = shop.photo(shop.work_order("Mallory May"), caption="Hers")
    for rest in ("edit", "remove"):
        assert press(theo, photo_path(job, others, rest), {"caption": "Mine"}).status_code == 404
    assert theo.get(photo_path(job, others)).status_code == 404
    assert shop.again(others).caption == "Hers"
