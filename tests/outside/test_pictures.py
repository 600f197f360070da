"""Logos and portraits, remade by the real worker: small, upright, nothing but pixels; what is hostile is refused."""

import io
import tempfile
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from werkzeug.datastructures import FileStorage

from portal.outside import pictures
from portal.outside.storage import Storage
from portal.outside.worker import Failed, Refused, Worker
from tests.outside import hostile
from tests.outside.hostile import saved, scene

KINDS = ["JPEG", "PNG", "WEBP", "AVIF"]
RED, GREEN, BLUE, WHITE, CLEAR = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0, 0)


@pytest.fixture(scope="module")
def worker():
    worker = Worker(tasks_most=10_000)  # so that a new child means a crash
    yield worker
    worker.stop()


@pytest.fixture
def studio(worker, tmp_path, monkeypatch):
    """Remakes a picture given as bytes; gives what was told and the picture that was kept."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    storage = Storage(tmp_path / "files")

    def remake(make, content: bytes) -> tuple[pictures.Picture, Image.Image]:
        with pictures.received(FileStorage(io.BytesIO(content))) as source:
            told = make(source, worker=worker, storage=storage)
        kept = Image.open(storage.path(told.name))
        kept.load()
        return told, kept

    yield remake
    assert [path.name for path in tmp_path.iterdir() if path.name != "files"] == []


BOTH = pytest.mark.parametrize("make", [pictures.logo, pictures.portrait])


def near(pixel, color) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(pixel, color, strict=True))


def weight(picture: Image.Image) -> int:
    return Path(picture.filename).stat().st_size


# --- what comes out -------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture_becomes_webp(studio, make, kind):
    told, kept = studio(make, saved(scene((640, 480)), kind))
    assert kept.format == "WEBP"
    assert kept.size == (told.width, told.height)


def test_a_portrait_is_the_square_in_the_middle(studio):
    picture = Image.new("RGB", (900, 300), RED)
    picture.paste(BLUE, (300, 0, 600, 300))
    _told, kept = studio(pictures.portrait, saved(picture, "PNG"))
    assert kept.size == (256, 256)
    assert all(near(kept.getpixel(at), BLUE) for at in [(2, 2), (253, 2), (2, 253), (253, 253)])


def test_a_small_portrait_is_not_blown_up(studio):
    told, _kept = studio(pictures.portrait, saved(scene((100, 60)), "JPEG"))
    assert (told.width, told.height) == (60, 60)


def test_a_portrait_stands_on_white(studio):
    _told, kept = studio(pictures.portrait, saved(Image.new("RGBA", (64, 64), CLEAR), "PNG"))
    assert kept.mode == "RGB"
    assert near(kept.getpixel((32, 32)), WHITE)


def test_a_logo_is_fitted_and_keeps_what_is_transparent(studio):
    picture = Image.new("RGBA", (1200, 400), RED)
    picture.paste(CLEAR, (400, 100, 800, 300))
    told, kept = studio(pictures.logo, saved(picture, "PNG"))
    assert kept.size == (480, 160)
    assert told.is_wide
    assert kept.getpixel((240, 80))[3] == 0
    assert kept.getpixel((5, 5)) == (*RED, 255)


def test_a_logos_transparent_margin_is_cut_off(studio):
    picture = Image.new("RGBA", (2000, 2000), CLEAR)
    picture.paste(BLUE, (500, 700, 900, 1100))
    told, kept = studio(pictures.logo, saved(picture, "PNG"))
    assert kept.size == (160, 160)
    assert not told.is_wide
    assert all(near(kept.convert("RGB").getpixel(at), BLUE) for at in [(3, 3), (156, 156)])


def test_a_small_logo_is_not_blown_up(studio):
    assert studio(pictures.logo, saved(scene((90, 30)), "PNG"))[1].size == (90, 30)


@pytest.mark.parametrize(("size", "is_wide"), [((140, 100), False), ((141, 100), True), ((50, 150), False)])
def test_a_logo_is_wide_from_seven_to_five(studio, size, is_wide):
    assert studio(pictures.logo, saved(scene(size), "PNG"))[0].is_wide is is_wide


@pytest.mark.parametrize(("make", "most"), [(pictures.logo, 20_000), (pictures.portrait, 10_000)])
def test_the_heaviest_picture_stays_light(studio, make, most):
    noise = [Image.effect_noise((960, 320), 120) for _ in range(4)]
    _told, kept = studio(make, saved(Image.merge("RGBA", noise), "PNG"))
    assert 0 < weight(kept) <= most


def test_a_flat_logo_is_kept_exactly(studio):
    picture = Image.new("RGB", (480, 160), "#0b5fff")
    picture.paste("#ffb000", (40, 40, 440, 120))
    _told, kept = studio(pictures.logo, saved(picture, "PNG"))
    assert ImageChops.difference(kept.convert("RGB"), picture).getbbox() is None


# --- upright, in the right colours ----------------------------------------------------------------------------------


def corners(size: tuple[int, int]) -> Image.Image:
    """Red, green, blue and white corners, clockwise from the upper left."""
    width, height = size
    picture = Image.new("RGB", size)
    for color, at in [(RED, (0, 0)), (GREEN, (1, 0)), (BLUE, (1, 1)), (WHITE, (0, 1))]:
        left, upper = at[0] * width // 2, at[1] * height // 2
        picture.paste(color, (left, upper, left + width // 2, upper + height // 2))
    return picture


@BOTH
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_upright(studio, make, kind, orientation):
    _told, kept = studio(make, hostile.turned(corners((960, 320)), orientation, kind))
    assert kept.size == ((480, 160) if make is pictures.logo else (256, 256))
    seen, (width, height) = kept.convert("RGB"), kept.size
    clockwise = [(8, 8), (width - 8, 8), (width - 8, height - 8), (8, height - 8)]
    assert [near(seen.getpixel(at), color) for at, color in zip(clockwise, [RED, GREEN, BLUE, WHITE], strict=True)] == [
        True
    ] * 4


@BOTH
@pytest.mark.parametrize("kind", KINDS)
def test_colours_are_those_the_profile_means(studio, make, kind):
    red = Image.new("RGB", (64, 64), RED)
    _told, kept = studio(make, saved(red, kind, icc_profile=hostile.profile_with_red_and_green_swapped()))
    assert near(kept.convert("RGB").getpixel((32, 32)), GREEN)


def test_a_damaged_profile_or_note_does_not_cost_the_picture(studio):
    for damaged in ({"icc_profile": b"\0" * 200}, {"exif": b"Exif\0\0M\n\0*" + b"\xff" * 40}):
        told, _kept = studio(pictures.portrait, saved(scene(), "JPEG", **damaged))
        assert told.width == 48


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_printers_colours_are_understood(studio, mode):
    _told, kept = studio(pictures.logo, saved(Image.new("RGB", (64, 64), "#808080").convert(mode), "JPEG"))
    assert near(kept.convert("RGB").getpixel((32, 32)), (128, 128, 128))


@pytest.mark.parametrize("mode", ["1", "P", "LA", "I;16"])
def test_every_mode_of_png_is_understood(studio, mode):
    grey = Image.new("I;16", (64, 64), 0x8000) if mode == "I;16" else Image.new("L", (64, 64), 128).convert(mode)
    _told, kept = studio(pictures.logo, saved(grey, "PNG"))
    assert mode == "1" or near(kept.convert("RGB").getpixel((32, 32)), (128, 128, 128))


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "AVIF", "MPO"])
def test_of_several_pictures_the_first_is_kept(studio, kind):
    first, second = Image.new("RGB", (64, 64), RED), Image.new("RGB", (64, 64), BLUE)
    _told, kept = studio(pictures.portrait, saved(first, kind, save_all=True, append_images=[second]))
    assert getattr(kept, "n_frames", 1) == 1
    assert near(kept.getpixel((32, 32)), RED)


# --- nothing but pixels ---------------------------------------------------------------------------------------------


def chunks(content: bytes) -> set[bytes]:
    """The names of the parts that a WebP file is made of."""
    assert content[:4] == b"RIFF"
    assert int.from_bytes(content[4:8], "little") == len(content) - 8
    names, at = set(), 12
    while at < len(content):
        names.add(content[at : at + 4])
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    return names


@BOTH
@pytest.mark.parametrize("kind", KINDS)
def test_no_note_survives(studio, make, kind):
    before = Image.open(io.BytesIO(hostile.with_notes(kind)))
    assert before.getexif().get_ifd(hostile.GPS)
    assert before.info["icc_profile"]
    assert kind == "PNG" or before.info["xmp"]

    _told, kept = studio(make, hostile.with_notes(kind))
    assert not kept.getexif()
    assert set(kept.info) <= {"loop", "background", "duration", "timestamp"}
    assert chunks(Path(kept.filename).read_bytes()) <= {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}


@BOTH
def test_a_page_hidden_in_a_picture_is_gone(studio, make):
    assert hostile.jpeg_with_a_page_inside().count(hostile.SCRIPT) == 2
    _told, kept = studio(make, hostile.jpeg_with_a_page_inside())
    assert b"script" not in Path(kept.filename).read_bytes()


# --- what is refused ------------------------------------------------------------------------------------------------

REFUSED = {
    "PNG of 625 megapixels": (hostile.png_of_625_megapixels, "too_many_pixels"),
    "JPEG claiming 65500 x 65500": (lambda: hostile.jpeg_claiming(65500, 65500), "too_many_pixels"),
    "JPEG claiming 61 megapixels": (lambda: hostile.jpeg_claiming(9040, 6780), "too_many_pixels"),
    "progressive JPEG claiming 40": (lambda: hostile.jpeg_claiming(8000, 5000, progressive=True), "too_many_pixels"),
    "PNG of 31 megapixels": (lambda: hostile.png(6200, 5000, hostile.zeros(5000 * 776)), "too_many_pixels"),
    "PNG with 200 MB of text": (hostile.png_with_200_mb_of_text, "not_a_picture"),
    "PNG with 54 MB in many texts": (hostile.png_with_many_texts, "not_a_picture"),
    "PNG with 200 MB of profile": (hostile.png_with_200_mb_of_profile, "not_a_picture"),
    "PostScript": (hostile.postscript, "not_a_picture"),
    "SVG": (hostile.svg, "not_a_picture"),
    "GIF": (lambda: saved(scene(), "GIF"), "not_a_picture"),
    "TIFF": (lambda: saved(scene(), "TIFF"), "not_a_picture"),
    "BMP": (lambda: saved(scene(), "BMP"), "not_a_picture"),
    "ICO": (lambda: saved(scene(), "ICO"), "not_a_picture"),
    "JPEG 2000": (lambda: saved(scene(), "JPEG2000"), "not_a_picture"),
    "PDF": (lambda: saved(scene(), "PDF"), "not_a_picture"),
    "a page": (lambda: hostile.SCRIPT, "not_a_picture"),
    "nothing": (lambda: b"", "not_a_picture"),
    "15 pixels high": (lambda: saved(scene((64, 15)), "PNG"), "too_small"),
    **{
        f"half a {kind}": (lambda kind=kind: saved(scene((640, 480)), kind)[: 1 << 10], "not_a_picture")
        for kind in KINDS
    },
}


@BOTH
@pytest.mark.parametrize("what", REFUSED)
def test_a_hostile_file_is_refused_with_a_reason_and_costs_no_child(studio, worker, make, what):
    content, reason = REFUSED[what]
    studio(pictures.portrait, saved(scene(), "PNG"))
    before = worker.child_pid
    with pytest.raises(Refused) as refusal:
        studio(make, content())
    assert refusal.value.reason == reason
    assert worker.child_pid == before


def test_a_logo_with_nothing_to_see_is_refused(studio):
    with pytest.raises(Refused) as refusal:
        studio(pictures.logo, saved(Image.new("RGBA", (64, 64), CLEAR), "PNG"))
    assert refusal.value.reason == "too_small"


@pytest.mark.parametrize("size", [(16, 16), (4000, 16), (16, 4000)])
@BOTH
def test_the_smallest_and_the_thinnest_are_kept(studio, make, size):
    told, kept = studio(make, saved(scene(size), "PNG"))
    assert kept.size == (told.width, told.height)


def test_a_file_that_is_not_there_is_our_own_fault(worker, tmp_path):
    with pytest.raises(Failed):
        pictures.logo(tmp_path / "missing", worker=worker, storage=Storage(tmp_path))
