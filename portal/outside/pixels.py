"""Pictures by Pillow. Runs in the worker's child only, so that a hostile file brings down nothing but that.

A picture is decoded within the child's memory or not at all, and what is written is a new picture: no EXIF, XMP, colour
profile, comment, text or second image comes along.
"""

import contextlib
import io
import warnings

from PIL import AvifImagePlugin, Image, ImageCms, ImageOps, PngImagePlugin

from portal.outside.worker_child import Refused

# What fits into the worker's 320 MB, measured. A JPEG is decoded at a fraction of its size, unless it is progressive:
# then 6 bytes a pixel are held. PNG takes 8 with the copy that scales it, WebP 16 and AVIF 11 for their own canvases.
PIXELS_MOST = {"JPEG": 60_000_000, "PNG": 30_000_000, "WEBP": 16_000_000, "AVIF": 16_000_000}
PROGRESSIVE_PIXELS_MOST = 32_000_000
SIDE_LEAST = 16
LOGO_BOX, LOGO_MOST_BYTES = (480, 160), 20_000
PORTRAIT_SIDE, PORTRAIT_MOST_BYTES = 256, 10_000
QUALITIES = (85, 75, 65, 50, 35)
ORIENTATION = 0x0112  # EXIF
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Image.MAX_IMAGE_PIXELS = max(PIXELS_MOST.values())
warnings.simplefilter("error", Image.DecompressionBombWarning)
PngImagePlugin.MAX_TEXT_MEMORY = 1_000_000
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each thread would reserve memory of its own


def portrait(source: str, draft: str) -> dict:
    """The middle of `source`, square, on white. Gives the width and height in px. Raises Refused."""
    image = decoded(source, least_side=2 * PORTRAIT_SIDE)
    side = min(PORTRAIT_SIDE, *image.size)
    image = finished(ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS))
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return keep(image, draft, PORTRAIT_MOST_BYTES)


def logo(source: str, draft: str) -> dict:
    """All of `source` but its transparent margin. Gives the width and height in px. Raises Refused."""
    image = decoded(source, least_side=LOGO_BOX[0])
    if image.mode == "RGBA":
        image = image.crop(image.getbbox() or (0, 0, 0, 0))
        check_size(image)
    is_sideways = orientation(image) >= 5
    image.thumbnail(LOGO_BOX[::-1] if is_sideways else LOGO_BOX, Image.Resampling.LANCZOS)
    return keep(finished(image), draft, LOGO_MOST_BYTES, may_be_lossless=True)


def jpeg(source: str, side: int) -> bytes:
    """The picture as a JPEG of at most `side` px: the only kind that does not grow tenfold in a PDF."""
    image = finished(decoded(source, least_side=side))
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    image.save(content, "JPEG", quality=80, optimize=True)
    return content.getvalue()


def decoded(source: str, *, least_side: int) -> Image.Image:
    """The picture as stored, in mode RGB, RGBA, L or CMYK; a larger JPEG shrunk to no less than `least_side` px."""
    with open(source, "rb") as file:
        try:
            image = Image.open(file, formats=tuple(PIXELS_MOST))
            check_size(image)
            image.draft(None, (least_side, least_side))
            image.load()
        except (Refused, MemoryError):
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Refused("too_many_pixels") from error
        except Exception as error:  # whatever a parser says of a broken file
            raise Refused("not_a_picture") from error
    return plain(image)


def check_size(image: Image.Image) -> None:
    most = PIXELS_MOST.get(image.format, Image.MAX_IMAGE_PIXELS)  # a phone's JPEG of several pictures calls itself MPO
    if image.width * image.height > (PROGRESSIVE_PIXELS_MOST if "progressive" in image.info else most):
        raise Refused("too_many_pixels")
    if min(image.size) < SIDE_LEAST:
        raise Refused("too_small")


def plain(image: Image.Image) -> Image.Image:
    """`image` in a mode that can be scaled, its notes kept."""
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode == "I;16":
        return image.point(lambda value: value / 256).convert("L")
    return image if image.mode in ("RGB", "L", "CMYK") else image.convert("RGB")


def finished(image: Image.Image) -> Image.Image:
    """`image` in sRGB and upright, as RGB or RGBA."""
    turn = UPRIGHT.get(orientation(image))
    image = in_srgb(image)
    image = image if image.mode == "RGBA" else image.convert("RGB")
    return image if turn is None else image.transpose(turn)


def orientation(image: Image.Image) -> int:
    """1 to 8, as EXIF counts them. 1, upright, where the notes are damaged: the picture may be whole all the same."""
    try:
        noted = image.getexif().get(ORIENTATION)
        return noted if noted in UPRIGHT else 1
    except Exception:  # SyntaxError is one of them
        return 1


def in_srgb(image: Image.Image) -> Image.Image:
    """`image` in the colours that a browser shows without a profile. A phone's would look pale, a printer's garish."""
    profile = image.info.get("icc_profile")
    if profile:
        target, mode = ImageCms.createProfile("sRGB"), "RGBA" if image.mode == "RGBA" else "RGB"
        with contextlib.suppress(ImageCms.PyCMSError, OSError):
            return ImageCms.profileToProfile(image, io.BytesIO(profile), target, outputMode=mode)
    return image


def keep(image: Image.Image, draft: str, most_bytes: int, *, may_be_lossless: bool = False) -> dict:
    """Write `image` to `draft` as WebP: as good as `most_bytes` allow, and smaller where even the worst is too long."""
    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    lossless = [webp(clean, lossless=True)] if may_be_lossless else []
    for quality in QUALITIES:
        content = min([webp(clean, quality=quality, alpha_quality=quality), *lossless], key=len)
        if len(content) <= most_bytes:
            with open(draft, "wb") as file:
                file.write(content)
            return {"width": clean.width, "height": clean.height}
    smaller = clean.resize([max(1, side * 3 // 4) for side in clean.size], Image.Resampling.LANCZOS)
    return keep(smaller, draft, most_bytes, may_be_lossless=may_be_lossless)


def webp(image: Image.Image, **how) -> bytes:
    content = io.BytesIO()
    image.save(content, "WEBP", method=6, **how)
    return content.getvalue()
