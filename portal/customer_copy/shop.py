"""The shop as its customers see it, and the small words every copy shares."""

from urllib.parse import quote

from flask_babel import gettext as _

from models import OrgProfile
from portal.customer_copy.shapes import ShopCopy
from portal.domain import shop as shops


def of_shop(shop: OrgProfile) -> ShopCopy:
    return ShopCopy(
        name=shop.name or _("Your service company"),
        initials=shops.initials(shop.name),
        phone=shop.phone,
        phone_uri=phone_uri(shop.phone),
        email=shop.email,
        mailto_uri=f"mailto:{quote(shop.email, safe='@')}" if shop.email else "",
        opening_hours=shop.opening_hours,
        address_lines=lines(shop.street, shop.locality),
        licence=shop.licence,
        answer_hours=shop.answer_hours,
        brand_color=shop.brand_color,
        logo=shop.logo,
        logo_width=shop.logo_width,
        logo_height=shop.logo_height,
        paper_size=shop.paper_size.value,
    )


def lines(*texts: str) -> tuple[str, ...]:
    return tuple(text for text in texts if text)


def phone_uri(phone: str) -> str:
    """A tel: address, or "" when there is nothing to dial. An extension cannot be dialled by a link and is left out."""
    main = phone.lower().split("x")[0].strip()
    if main.startswith("+"):
        main = main.replace("(0)", "")  # "+44 (0)20": the 0 is for callers at home, who leave out the +44
    digits = "".join(c for c in main if c.isascii() and c.isdigit())
    return f"tel:{'+' if main.startswith('+') else ''}{digits}" if len(digits) >= 3 else ""
