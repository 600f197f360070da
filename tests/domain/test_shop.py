import pytest

from models import Bell, Event, OrgProfile, PaperSize, db
from portal import clock
from portal.db import writing
from portal.domain import shop as shops
from portal.domain.refusals import ChangedMeanwhile


def edit(shop, seen=1, **values):
    shop.do(shops.edit, shop.profile, values=values, seen=seen)


def test_a_changed_profile_is_shown_on_every_page_at_once(shop):
    edit(shop, name="Hartley & Sons", phone="971-555-0100")
    event = db.session.query(Event).filter_by(verb="profile_edited").one()
    assert (event.kind, event.record_id, event.bell) == ("shop", 0, Bell.RING)
    assert event.details == {"fields": "name, phone"}
    assert (shop.profile.name, shop.profile.edition) == ("Hartley & Sons", 2)


def test_a_profile_saved_as_it_is_rings_nobody(shop):
    edit(shop, name=shop.profile.name)
    assert (shop.profile.edition, shop.count(Event)) == (1, 0)


def test_a_profile_from_an_old_page_is_refused(shop):
    edit(shop, trade="Plumbing")
    with pytest.raises(ChangedMeanwhile):
        edit(shop, trade="Heating")
    assert shop.profile.trade == "Plumbing"


def test_only_the_profile_can_be_changed_this_way(shop):
    edit(shop, id=7, logo="x", is_sample=True, edition=99)
    assert (shop.profile.id, shop.profile.logo, shop.profile.is_sample, shop.profile.edition) == (1, "", False, 1)


def test_what_stands_on_paper_only_rings_nobody(shop):
    edit(shop, tax_id="93-0204118", footer="Thank you.", currency="EUR", paper_size="a4")
    assert db.session.query(Event).filter_by(verb="profile_edited").one().bell == Bell.SILENT
    assert (shop.profile.tax_id, shop.profile.paper_size) == ("93-0204118", PaperSize.A4)


def test_whoever_comes_second_learns_who_was_first_and_when(shop):
    with clock.stopped_at(clock.now()):
        edit(shop, trade="Plumbing")
        with pytest.raises(ChangedMeanwhile) as raised:
            edit(shop, trade="Heating")
        assert (raised.value.who, raised.value.at) == (shop.dana.name, clock.now())


@pytest.mark.parametrize(("change", "is_sample"), [({"name": "Mine"}, False), ({"phone": "971-555-0100"}, True)])
def test_a_sample_shop_becomes_somebodys_with_its_name(shop, change, is_sample):
    with writing():
        shop.profile.is_sample = True
    edit(shop, **change)
    assert shop.profile.is_sample is is_sample


def test_opening_the_shop_again_changes_nothing(shop):
    with writing():
        shops.open_shop(time_zone="Asia/Tokyo", is_sample=True)
    assert (shop.profile.time_zone, shop.profile.is_sample) == ("America/Los_Angeles", False)


def test_there_is_no_shop_before_the_first_start(shop):
    with writing():
        db.session.query(OrgProfile).delete()
    with pytest.raises(LookupError, match="upgrade"):
        shops.profile()


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Brightwater Plumbing", "BP"),
        ("Hartley & Sons", "H&S"),
        ("Acme", "A"),
        ("a b c d", "AB"),
        ("24/7 Locks", "2L"),
        ("ØSTERGÅRD vvs", "ØV"),
        ("", "•"),
        ("&", "•"),
        ("& & &", "•"),
        ("A & &", "A"),
        ("& & Sons", "S"),
        ("🚿 Showers", "S"),
        ("🚿", "•"),
        ("الشركة الأولى", "اا"),
    ],
)
def test_a_shops_mark_is_made_of_its_first_letters(name, initials):
    assert shops.initials(name) == initials
