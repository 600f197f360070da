import pytest

from models import InvoiceStatus, Link, Quote, QuoteStatus, db
from portal.db import writing
from portal.domain import documents, links, messages, quotes, sharing, timeline
from portal.domain.refusals import Gone, Incomplete, NotAllowed
from tests.crowd import in_threads
from tests.factories import line


def test_sharing_a_draft_sends_or_issues_it(shop):
    quote, invoice = shop.quote(), shop.invoice()
    shop.token(quote)
    shop.token(invoice)
    assert (quote.status, quote.number, quote.revision) == (QuoteStatus.SENT, 1001, 1)
    assert (invoice.status, invoice.number) == (InvoiceStatus.ISSUED, 1001)
    assert shop.verbs(quote)[-2:] == ["sent", "shared"]


def test_a_draft_has_no_link_of_its_own(shop):
    for draft in (shop.quote(), shop.invoice()):
        with pytest.raises(NotAllowed), writing():
            links.share(draft, by=shop.dana, keys=shop.keys)
    assert shop.count(Link) == 0


def test_an_empty_draft_is_not_shared(shop):
    quote = shop.quote(lines=())
    with pytest.raises(Incomplete):
        shop.token(quote)
    assert (shop.again(quote).number, shop.count(Link)) == (None, 0)


def test_sharing_what_was_sent_sends_nothing_more(shop):
    quote = shop.quote(is_sent=True)
    token = shop.token(quote)
    shop.do(documents.save_lines, quote, lines=[line(price="7")], seen=quote.edition)
    assert (shop.token(quote), quote.revision) == (token, 1)


def test_each_kind_has_links_of_its_own(shop):
    records = {"wo": shop.work_order(), "quote": shop.quote(), "invoice": shop.invoice()}
    assert len({record.id for record in records.values()}) == 1
    for kind, record in records.items():
        token = shop.token(record)
        assert links.record(links.resolve(kind, token)) == record
        assert [links.resolve(other, token) for other in records if other != kind] == [None, None]
        assert shop.path(record).startswith(f"/portal/{kind}/")


def test_what_happens_to_one_kind_is_no_news_to_another(shop):
    job, quote = shop.work_order(), shop.quote(is_sent=True)
    before = timeline.version("wo", job.id)
    shop.approved(quote)
    assert timeline.version("wo", job.id) == before
    assert "approved" not in shop.verbs(job)


def test_a_revoked_quote_is_gone_and_shared_anew_keeps_its_revision(shop):
    quote = shop.quote()
    first, link_id = shop.token(quote), shop.link(quote).id
    shop.do(links.revoke, quote)
    assert links.resolve("quote", first) is None
    with pytest.raises(Gone), writing():
        links.still(link_id)
    assert shop.token(quote) != first
    assert quote.revision == 1


def test_a_customer_writes_about_a_quote_or_an_invoice(shop):
    for record in (shop.quote(), shop.invoice()):
        message = shop.message(record)
        assert messages.record(message) == record
        assert messages.open_on(record) == [message]
        shop.do(messages.answered, message)
        assert shop.verbs(record)[-1] == "message_answered"
    assert messages.inbox(shop.theo, limit=5) == []


def test_two_who_share_a_draft_at_once_send_it_once(shop, app):
    quote = shop.quote()
    id = quote.id

    def press() -> int:
        with writing():
            return sharing.share(db.session.get(Quote, id), by=shop.dana, keys=shop.keys).id

    assert len(set(in_threads(app, 8, press))) == 1
    assert (shop.again(quote).revision, shop.verbs(quote).count("sent"), shop.count(Link)) == (1, 1, 1)


def test_who_approves_while_the_office_revokes_waits_for_nobody_for_ever(shop, app):
    quote = shop.quote()
    shop.token(quote)
    id, link_id = quote.id, shop.link(quote).id
    turns = list(range(8))

    def press() -> str:
        with writing():
            if turns.pop() % 2:
                return str(links.revoke(db.session.get(Quote, id, with_for_update={"key_share": True}), by=shop.dana))
            return quotes.approve(links.record(links.still(link_id)), revision=1, name="Carol Cruz").kind.value

    told = {each if isinstance(each, str) else type(each).__name__ for each in in_threads(app, 8, press)}
    assert told <= {"True", "False", "approved", "Gone"}
    assert shop.link(shop.again(quote)) is None
