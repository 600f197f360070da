"""The shop's logo and one's own photo, through the door and the real worker."""

import io

import pytest
from PIL import Image

from tests.factories import press
from tests.outside.hostile import saved, scene
from tests.pages import read

LOGO, PHOTO = "/staff/settings/logo", "/staff/me/photo"
DOORS = pytest.mark.parametrize(("path", "field"), [(LOGO, "logo"), (PHOTO, "photo")])


@pytest.fixture
def shop(shop):
    yield shop
    shop.app.extensions["worker"].stop()


@pytest.fixture
def owner(shop):
    return shop.staff_client("Olive")


def upload(client, path: str, field: str, content: bytes, name: str = "picture.jpg"):
    return press(client, path, {field: (io.BytesIO(content), name)}, content_type="multipart/form-data")


def picture(size: tuple[int, int] = (640, 480)) -> bytes:
    return saved(scene(size), "JPEG")


def shown(client, path: str) -> Image.Image:
    with client.get(path) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")
        return Image.open(io.BytesIO(answer.data))


def logo_on(page) -> str:
    """Where the shop's mark on the page comes from; "" when it is initials."""
    marks = page.all("img", **{"class": "mark"})
    return marks[0].get("src") if marks else ""


# --- the logo -------------------------------------------------------------------------------------------------------


def test_a_logo_is_kept_and_hangs_on_every_customers_page(shop, owner):
    customers_page = shop.path(shop.work_order())
    visitor = shop.app.test_client()
    assert logo_on(read(visitor.get(customers_page))) == ""

    answer = upload(owner, LOGO, "logo", picture((1200, 400)))
    assert (answer.status_code, answer.location) == (303, "/staff/settings")
    page = read(owner.get("/staff/settings"))
    assert "Saved. Your customers see it now." in page.words()

    page = read(visitor.get(customers_page))
    assert logo_on(page) == f"/logo/{shop.again(shop.profile).logo}"
    assert shown(visitor, logo_on(page)).size == (480, 160)
    preview = page.all("meta", property="og:image")
    assert [meta.get("content") for meta in preview] == [f"https://jobs.example.com{logo_on(page)}"]


def test_taking_the_logo_off_shows_the_initials_again(shop, owner):
    upload(owner, LOGO, "logo", picture())
    name = shop.again(shop.profile).logo
    assert press(owner, f"{LOGO}/remove").location == "/staff/settings"
    page = read(shop.app.test_client().get(shop.path(shop.work_order())))
    assert logo_on(page) == ""
    assert page.all("meta", property="og:image") == []
    assert owner.get(f"/logo/{name}").status_code == 404


def test_only_the_logo_in_use_is_given_out(shop, owner):
    upload(owner, LOGO, "logo", picture())
    first = shop.again(shop.profile).logo
    upload(owner, LOGO, "logo", picture((320, 320)))
    second = shop.again(shop.profile).logo
    upload(owner, PHOTO, "photo", picture())
    portrait = shop.again(shop.person("Olive")).photo
    visitor = shop.app.test_client()
    assert first != second
    assert shown(visitor, f"/logo/{second}").size == (160, 160)
    for other in (first, portrait, "0" * 32 + ".webp", "x", "..%2f..%2fporchlight.db", "%00"):
        assert visitor.get(f"/logo/{other}").status_code == 404


@pytest.mark.parametrize("name", ["Dana", "Theo"])
def test_only_the_owner_hangs_it_up_or_takes_it_off(shop, owner, name):
    upload(owner, LOGO, "logo", picture())
    before = shop.again(shop.profile).logo
    somebody = shop.staff_client(name)
    assert upload(somebody, LOGO, "logo", picture((320, 320))).status_code == 403
    assert press(somebody, f"{LOGO}/remove").status_code == 403
    assert shop.again(shop.profile).logo == before


# --- one's own photo ------------------------------------------------------------------------------------------------


def test_a_technicians_photo_is_seen_by_the_customer_they_are_coming_to(shop):
    job = shop.steps(shop.work_order(), "set_off")
    theo = shop.staff_client("Theo")
    answer = upload(theo, PHOTO, "photo", picture())
    assert (answer.status_code, answer.location) == (303, "/staff/me")
    assert "Saved. Customers see it when you are on their job." in read(theo.get("/staff/me")).words()

    visitor = shop.app.test_client()
    faces = read(visitor.get(shop.path(job))).all("img", alt="Photo of Theo Tran")
    assert shown(visitor, faces[0].get("src")).size == (256, 256)
    assert shown(shop.staff_client("Dana"), f"/staff/people/{shop.theo.id}/photo").size == (256, 256)


def test_a_photo_can_be_taken_off_again(shop):
    job = shop.steps(shop.work_order(), "set_off")
    theo = shop.staff_client("Theo")
    upload(theo, PHOTO, "photo", picture())
    address = read(shop.app.test_client().get(shop.path(job))).all("img", alt="Photo of Theo Tran")[0].get("src")
    assert press(theo, f"{PHOTO}/remove").location == "/staff/me"
    visitor = shop.app.test_client()
    assert read(visitor.get(shop.path(job))).all("img", alt="Photo of Theo Tran") == []
    assert visitor.get(address).status_code == 404
    assert theo.get(f"/staff/people/{shop.theo.id}/photo").status_code == 404


def test_everybody_changes_their_own_photo_only(shop):
    upload(shop.staff_client("Theo"), PHOTO, "photo", picture())
    assert shop.again(shop.theo).photo
    assert not shop.again(shop.dana).photo


# --- what is no picture ---------------------------------------------------------------------------------------------

REFUSED = {
    "no picture": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "That is not a picture we can read."),
    "empty": (b"", "That is not a picture we can read."),
    "half a picture": (picture()[:1000], "That is not a picture we can read."),
    "too small": (saved(scene((15, 64)), "PNG"), "That picture is too small"),
    "too large": (saved(Image.new("1", (8000, 5000)), "PNG"), "That picture is too large."),
}


@DOORS
@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_shown_is_said_beside_the_field_and_changes_nothing(shop, owner, path, field, what):
    upload(owner, path, field, picture())
    kept = shop.again(shop.profile).logo, shop.again(shop.person("Olive")).photo
    content, words = REFUSED[what]
    page = read(upload(owner, path, field, content), 422)
    assert page.error(field).startswith(words)
    assert page.title.startswith("Error:")
    assert (shop.again(shop.profile).logo, shop.again(shop.person("Olive")).photo) == kept


@DOORS
def test_a_form_without_a_picture_says_what_to_do(owner, path, field):
    for form in ({}, {field: "words"}, {field: (io.BytesIO(b""), "")}):
        page = read(press(owner, path, form, content_type="multipart/form-data"), 422)
        assert page.error(field) == "Choose a picture first."


@DOORS
def test_a_server_that_stops_blames_no_picture(shop, owner, path, field):
    shop.app.extensions["worker"].stop()
    page = read(upload(owner, path, field, picture()), 422)
    assert page.error(field) == "Several pictures are being prepared at this moment. Try again in a few seconds."


@DOORS
def test_the_rest_of_the_page_is_still_there_beside_an_error(owner, path, field):
    page = read(upload(owner, path, field, b"no picture"), 422)
    assert page.kept("name") in ("Brightwater Plumbing", "Olive Owens")


@DOORS
def test_a_file_name_is_never_used(shop, owner, path, field):
    assert upload(owner, path, field, picture(), "../../../etc/passwd\0.php").status_code == 303
    kept = shop.again(shop.profile).logo or shop.again(shop.person("Olive")).photo
    assert shop.app.extensions["storage"].path(kept).exists()


@DOORS
def test_an_upload_needs_the_token_of_its_form(shop, owner, path, field):
    form = {field: (io.BytesIO(picture()), "picture.jpg")}
    assert owner.post(path, data=form, content_type="multipart/form-data").status_code == 400
    assert owner.post(f"{path}/remove").status_code == 400
    assert not shop.again(shop.profile).logo
    assert not shop.again(shop.person("Olive")).photo


@DOORS
def test_a_stranger_uploads_nothing(shop, owner, path, field):
    stranger = shop.app.test_client()
    stranger.get("/staff/sign-in")
    stranger.csrf = "x"
    assert upload(stranger, path, field, picture()).status_code in (302, 303, 400)
    assert not shop.again(shop.profile).logo
