"""Pictures as somebody made them who means harm, and the few that only look odd. Bytes, made when asked for."""

import io
import struct
import zlib

import pillow_heif
from PIL import Image

GPS, GPS_LATITUDE = 0x8825, 2
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>48 Alder Street</rdf:RDF></x:xmpmeta>'
SCRIPT = b"<html><script>alert(document.domain)</script></html>"


def scene(size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    """A picture with something in it."""
    shade = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGB", (shade, shade.rotate(180), Image.radial_gradient("L").resize(size)))
    return picture.convert(mode)


def saved(picture: Image.Image, kind: str, **how) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind, **how)
    return content.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, rows: bytes, *more: bytes) -> bytes:
    """A PNG of 1 bit a pixel; `rows` compressed."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    squeeze = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [squeeze.compress(block[: min(len(block), count - at)]) for at in range(0, count, len(block))]
    return b"".join(parts) + squeeze.flush()


def png_of_625_megapixels() -> bytes:
    return png(25_000, 25_000, zeros(25_000 * (25_000 // 8 + 1)))


def png_with_200_mb_of_text() -> bytes:
    return png(64, 64, zeros(64 * 9), chunk(b"zTXt", b"Comment\0\0" + zeros(200 << 20)))


def png_with_many_texts() -> bytes:
    return png(64, 64, zeros(64 * 9), *[chunk(b"zTXt", b"Comment\0\0" + zeros(900_000)) for _ in range(60)])


def png_with_200_mb_of_profile() -> bytes:
    return png(64, 64, zeros(64 * 9), chunk(b"iCCP", b"p\0\0" + zeros(200 << 20)))


def jpeg_claiming(width: int, height: int, *, progressive: bool = False) -> bytes:
    """A small JPEG whose head says that it is huge."""
    content = saved(scene(), "JPEG", progressive=progressive)
    at = content.index(b"\xff\xc2" if progressive else b"\xff\xc0") + 5
    return content[:at] + struct.pack(">HH", height, width) + content[at + 4 :]


def heic(picture: Image.Image | None = None) -> bytes:
    content = io.BytesIO()
    pillow_heif.from_pillow(picture or scene((640, 480))).save(content)
    return content.getvalue()


def heic_claiming(width: int, height: int) -> bytes:
    """A small HEIC whose box of the picture's size says that it is huge."""
    content = heic(scene())
    at = content.index(b"ispe") + 8
    return content[:at] + struct.pack(">II", width, height) + content[at + 8 :]


def postscript() -> bytes:
    return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\n(%pipe%touch /tmp/owned) (r) file\n"


def svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><script>alert(1)</script></svg>'


def jpeg_with_a_page_inside() -> bytes:
    """A picture, a comment and a page at once."""
    return saved(scene(), "JPEG", comment=SCRIPT) + SCRIPT


def with_notes(kind: str) -> bytes:
    """A picture with everything that a phone and an editor write into it, a place on earth among it."""
    exif = Image.Exif()
    exif[0x010F], exif[0x9003] = "Carol's phone", "2026:11:22 10:00:00"
    exif.get_ifd(GPS)[GPS_LATITUDE] = (37.0, 46.0, 30.0)
    how = {"exif": exif, "icc_profile": profile_with_red_and_green_swapped()}
    return saved(scene(), kind, **how, **({} if kind == "PNG" else {"xmp": XMP}))


def turned(upright: Image.Image, orientation: int, kind: str) -> bytes:
    """`upright` as a camera stores it that was held another way, with the note that says how."""
    away = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(away[orientation]) if orientation in away else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(stored, kind, exif=exif, quality=95)


def profile_with_red_and_green_swapped() -> bytes:
    """An ICC profile, version 2, whose red is sRGB's green and the other way round: pure red means pure green."""
    fixed = [  # sRGB's colours in the profile's own white, times 65536
        (b"wtpt", (63190, 65536, 54061)),
        (b"gXYZ", (28578, 14583, 912)),
        (b"rXYZ", (25241, 46981, 6362)),
        (b"bXYZ", (9377, 3972, 46799)),
    ]
    tags = [(name, b"XYZ \0\0\0\0" + struct.pack(">3i", *values)) for name, values in fixed]
    tags += [(name, b"curv\0\0\0\0" + struct.pack(">IH2x", 1, 0x0233)) for name in (b"rTRC", b"gTRC", b"bTRC")]
    tags += [(b"desc", b"desc\0\0\0\0" + struct.pack(">I", 5) + b"swap\0" + bytes(79)), (b"cprt", b"text\0\0\0\0none")]
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags:
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(content))
        body += content
    head = struct.pack(">I4xI", 132 + 12 * len(tags) + len(body), 0x02100000) + b"mntrRGB XYZ "
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body
