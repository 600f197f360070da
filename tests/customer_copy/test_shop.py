import pytest

from models import OrgProfile, PaperSize
from portal import customer_copy

PROFILE = {
    "name": "Brightwater Plumbing",
    "trade": "Plumbing",
    "phone": "(503) 555-0142",
    "street": "1 Main Street",
    "locality": "Portland, OR",
    "licence": "CCB 1",
    "answer_hours": "7 to 6",
    "brand_color": "#0f6f68",
    "paper_size": PaperSize.A4,
}


def test_the_shop_shows_what_its_profile_says(app):
    shop = customer_copy.of_shop(OrgProfile(**PROFILE))
    assert (shop.name, shop.initials, shop.licence) == ("Brightwater Plumbing", "BP", "CCB 1")
    assert (shop.phone, shop.phone_uri) == ("(503) 555-0142", "tel:5035550142")
    assert shop.address_lines == ("1 Main Street", "Portland, OR")


def test_a_shop_without_a_name_is_still_somebody(app):
    shop = customer_copy.of_shop(OrgProfile(**PROFILE | {"name": "", "phone": "", "street": "", "locality": ""}))
    assert (shop.name, shop.initials) == ("Your service company", "•")
    assert (shop.phone_uri, shop.address_lines) == ("", ())


@pytest.mark.parametrize(
    ("phone", "uri"),
    [
        ("(503) 555-0142", "tel:5035550142"),
        ("+1 503 555 0142", "tel:+15035550142"),
        (" +49 761/123-45", "tel:+4976112345"),
        ("+44 (0)20 7946 0958", "tel:+442079460958"),
        ("+49 (0) 761 12345", "tel:+4976112345"),
        ("(0761) 12345", "tel:076112345"),
        ("503.555.0142 ext. 7", "tel:5035550142"),
        ("503 555 0142 x7", "tel:5035550142"),
        ("503 555 0142 Ext 7", "tel:5035550142"),
        ("911", "tel:911"),
        ("", ""),
        ("call us", ""),
        ("12", ""),
        ("٠١٢٣٤٥", ""),
    ],
)
def test_a_phone_number_becomes_what_a_phone_can_dial(phone, uri):
    assert customer_copy.phone_uri(phone) == uri
