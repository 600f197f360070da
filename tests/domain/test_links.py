from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models import Bell, Kind, Link, db
from portal import clock
from portal.db import sealed, writing
from portal.domain import links, timeline
from portal.domain.refusals import Gone, KeyLost

NOON = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
OTHER_KEY = {"2": b"k" * 32}


def test_a_token_is_27_characters_that_no_messenger_cuts_and_no_ear_confuses(shop):
    tokens = {shop.token(shop.work_order()) for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(token) == 27 and set(token) <= set("0123456789abcdefghjkmnpqrstvwxyz") for token in tokens)


def test_sharing_again_gives_the_same_link(shop):
    job = shop.work_order()
    first = shop.token(job)
    assert shop.token(job) == first
    assert shop.verbs(job).count("shared") == 1


def test_sharing_rings_no_page(shop):
    job = shop.work_order()
    shop.token(job)
    assert timeline.last(job, ("shared",)).bell is Bell.SILENT


def test_a_link_opens_its_own_record(shop):
    carols, mallorys = shop.work_order("Carol Cruz"), shop.work_order("Mallory May")
    assert links.record(links.resolve("wo", shop.token(carols))) == carols
    assert links.record(links.resolve("wo", shop.token(mallorys))) == mallorys


def test_a_token_may_be_read_aloud_and_typed_in_capitals(shop):
    job = shop.work_order()
    assert links.resolve("wo", shop.token(job).upper()).id == shop.link(job).id


def test_a_token_of_one_kind_does_not_exist_at_another(shop):
    token = shop.token(shop.work_order())
    assert links.resolve("wo", token)
    assert links.resolve("quote", token) is None
    assert links.resolve("invoice", token) is None


def test_a_bent_token_opens_nothing(shop):
    token = shop.token(shop.work_order())
    assert links.resolve("wo", token)
    for bent in (
        "",
        token[:-1],
        token + "0",
        token + "\n",
        token + " ",
        " " + token,
        token + "\0",
        token[:-1] + "i",
        "\u212a" * 27,  # the Kelvin sign folds to k
        "\uff11" * 27,  # full-width digits
        "shared",
        "null",
        "*" * 27,
        "%" * 27,
        "0" * 27,
        token * 40_000,
    ):
        assert links.resolve("wo", bent) is None


def test_a_revoked_link_is_gone_and_leaves_nothing_to_find_it_by(shop):
    job = shop.work_order()
    token = shop.token(job)
    link = shop.link(job)

    shop.do(links.revoke, job)

    assert links.resolve("wo", token) is None
    assert (link.nonce, link.lookup) == (None, None)
    assert shop.link(job) is None


def test_revoking_dismisses_exactly_the_pages_of_that_link(shop):
    job = shop.work_order()
    shop.token(job)
    link_id = shop.link(job).id

    shop.do(links.revoke, job)

    revoked = timeline.last(job, ("revoked",))
    assert (revoked.bell, revoked.details) == (Bell.DISMISS, {"link_id": link_id})


def test_revoking_what_was_not_shared_does_nothing(shop):
    job = shop.work_order()
    before = shop.verbs(job)
    with writing():
        assert links.revoke(job, by=shop.dana) is False
    assert shop.verbs(job) == before


def test_sharing_after_a_revoke_gives_another_link_and_the_old_one_stays_dead(shop):
    job = shop.work_order()
    first = shop.token(job)
    shop.do(links.revoke, job)

    second = shop.token(job)

    assert second != first
    assert links.resolve("wo", first) is None
    assert links.resolve("wo", second)


def test_the_database_allows_one_living_link_a_record(shop):
    job = shop.work_order()
    shop.token(job)
    twin = Link(kind=Kind.WORK_ORDER, record_id=job.id, key_id="1", nonce=b"n", lookup=b"l", created_at=NOON)
    with pytest.raises(IntegrityError), writing():
        db.session.add(twin)


def test_revoked_links_of_a_record_may_pile_up(shop):
    job = shop.work_order()
    for _ in range(3):
        shop.token(job)
        shop.do(links.revoke, job)
    assert len(db.session.scalars(select(Link)).all()) == 3


def test_a_stolen_database_holds_no_token(shop, data_dir):
    token = shop.token(shop.work_order(title="Porch lantern")).encode()
    stolen = b"".join(path.read_bytes() for path in data_dir.glob("porchlight.db*"))
    assert b"Porch lantern" in stolen
    assert token not in stolen


def test_a_token_depends_on_the_key_that_is_kept_outside(shop):
    job = shop.work_order()
    token = shop.token(job)
    other = dict.fromkeys(shop.keys, b"k" * 32)
    assert links.token(shop.link(job), other) != token


def test_a_link_is_found_without_any_key(shop):
    job = shop.work_order()
    token = shop.token(job)
    with pytest.raises(KeyLost):
        links.token(shop.link(job), OTHER_KEY)
    assert links.resolve("wo", token)


def test_a_new_key_makes_new_links_and_leaves_the_old_ones_as_they_are(shop):
    old, new = shop.work_order(), shop.work_order()
    token = shop.token(old)
    shop.keys = shop.keys | OTHER_KEY

    assert shop.token(old) == token
    shop.token(new)
    assert shop.link(old).key_id != shop.link(new).key_id == "2"


def test_a_link_revoked_while_a_request_was_on_its_way_is_gone(shop):
    job = shop.work_order()
    shop.token(job)
    link_id = shop.link(job).id
    with writing():
        assert links.still(link_id).id == link_id

    shop.do(links.revoke, job)

    with pytest.raises(Gone), writing():
        links.still(link_id)


def test_a_living_link_tells_the_newest_event_of_its_page(shop):
    job = shop.work_order()
    newest = links.resolve("wo", shop.token(job)).newest
    assert sealed(f"wo:{job.id}", newest) == timeline.version("wo", job.id)


@pytest.mark.parametrize(
    ("minutes", "counted"), [([0], 1), ([0, 1, 29], 1), ([0, 31], 2), ([0, 31, 62, 93], 4), ([0, 20, 60], 2)]
)
def test_looks_within_half_an_hour_count_as_one(shop, minutes, counted):
    job = shop.work_order()
    shop.token(job)
    for minute in minutes:
        with clock.stopped_at(NOON + timedelta(minutes=minute)), writing():
            links.opened(shop.link(job), job)

    link = shop.link(job)
    assert link.opened_count == counted
    assert link.last_opened_at == NOON + timedelta(minutes=minutes[-1])
    assert shop.verbs(job).count("opened") == counted


def test_a_look_rings_nobody(shop):
    job = shop.work_order()
    shop.token(job)
    version = timeline.version("wo", job.id)
    with writing():
        links.opened(shop.link(job), job)
    assert timeline.version("wo", job.id) == version
