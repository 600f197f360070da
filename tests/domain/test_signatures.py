from datetime import timedelta

import pytest
from sqlalchemy import select

from models import Signature, db
from portal import clock
from portal.db import writing
from portal.domain import links, signatures
from portal.domain.refusals import NotAllowed
from tests.factories import local


@pytest.fixture
def job(shop):
    return shop.steps(shop.work_order(), "start")


def test_it_is_kept_with_its_moment_and_who_took_it(shop, job):
    with clock.stopped_at(local("2026-11-22 11:00")):
        shop.do(signatures.sign, job, name="Carol Cruz", path="M1 1L20 20", by=shop.theo, address="192.0.2.7")
    kept = shop.again(job).signature
    assert (kept.name, kept.signed_at, kept.staff_id) == ("Carol Cruz", local("2026-11-22 11:00"), shop.theo.id)
    assert (kept.link_id, kept.address) == (None, "192.0.2.7")


def test_one_counts_at_a_time(shop, job):
    shop.do(signatures.sign, job, name="Carol Cruz", path="")
    with pytest.raises(NotAllowed):
        shop.do(signatures.sign, job, name="Somebody", path="")
    assert shop.again(job).signature.name == "Carol Cruz"


def test_what_is_taken_back_counts_no_more_but_is_kept(shop, job):
    shop.do(signatures.sign, job, name="Wrong Hand", path="")
    shop.do(signatures.take_back, job)
    assert shop.again(job).signature is None
    with pytest.raises(NotAllowed):
        shop.do(signatures.take_back, job)
    shop.do(signatures.sign, job, name="Carol Cruz", path="")
    names = db.session.scalars(select(Signature.name).order_by(Signature.id))
    assert list(names) == ["Wrong Hand", "Carol Cruz"]


def test_nothing_is_signed_or_asked_for_on_a_cancelled_job(shop, job):
    shop.steps(job, "cancel")
    for verb, values in ((signatures.sign, {"name": "Carol", "path": ""}), (signatures.ask, {})):
        with pytest.raises(NotAllowed):
            shop.do(verb, job, **values)


def test_a_link_signs_only_where_it_was_asked(shop, job):
    shop.token(job)
    given = {"name": "Carol", "path": "", "by": None, "link": links.of(job)}
    with pytest.raises(NotAllowed):
        shop.do(signatures.sign, job, **given)
    shop.do(signatures.ask, job)
    shop.do(signatures.sign, job, **given)
    assert not shop.again(job).asks_signature


def test_to_ask_twice_is_to_ask_once(shop, job):
    shop.do(signatures.ask, job)
    shop.do(signatures.ask, job)
    assert shop.verbs(job).count("signature_asked") == 1


def test_the_page_asks_once_work_has_begun_and_no_more_when_that_is_undone(shop):
    job = shop.work_order(starts_at=clock.now() + timedelta(hours=1))
    shop.do(signatures.ask, job)
    assert not signatures.is_asked(job)
    shop.steps(job, "start")
    assert signatures.is_asked(shop.again(job))
    with writing():
        job.visits[0].started_at = None
    assert not signatures.is_asked(shop.again(job))
