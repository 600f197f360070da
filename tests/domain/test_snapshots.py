import json
from dataclasses import asdict
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from models import Kind, Snapshot, TaxCategory, db
from portal import clock
from portal.db import writing
from portal.domain import documents, invoices, quotes, snapshots
from portal.domain.documents import LineValues
from portal.totals import DoesNotAddUp
from tests.factories import line


def content(document) -> dict:
    return snapshots.newest(Kind.QUOTE if hasattr(document, "revision") else Kind.INVOICE, document.id).content


def test_a_snapshot_says_all_that_the_customer_reads(shop):
    with writing():
        shop.profile.tax_id, shop.profile.how_to_pay = "US 1", "By check"
    job = shop.work_order()
    quote = shop.quote(
        work_order=job, lines=(line(tax="7.375"),), message="Dear Carol", deposit_percent=Decimal(30), is_sent=True
    )
    said = content(quote)
    assert said["customer"] == {"name": "Carol Cruz", "street": "", "locality": ""}
    assert (said["shop"]["name"], said["shop"]["tax_id"], said["how_to_pay"]) == (
        "Brightwater Plumbing",
        "US 1",
        "By check",
    )
    assert (said["work_order_number"], said["revision"], said["message"]) == (job.number, 1, "Dear Carol")
    assert said["taxes"] == [{"name": "", "rate": "7.375", "category": "S", "net": 10000, "tax": 738}]
    assert [said[name] for name in snapshots.SUMS] == [10000, 0, 10000, 738, 10738, 3221]


def test_no_cost_no_hours_and_no_note_enter_it(shop):
    hours = line("Labour", "83.71", "1.9", unit="hours", cost=Decimal("41.53"), is_hourly=True)
    quote = shop.quote(lines=(hours,), internal_notes="Haggles", is_sent=True)
    said = json.dumps(content(quote))
    for secret in ("83.71", "1.9", "hours", "41.53", "Haggles"):
        assert secret not in said
    assert content(quote)["lines"][0]["unit_price"] == "159.05"


def test_a_snapshot_stays_what_it_was(shop):
    quote = shop.quote(is_sent=True)
    before = json.dumps(content(quote))
    with writing():
        shop.profile.name, quote.customer.name = "Other", "Other"
    shop.do(documents.save_lines, quote, lines=[line(price="7")], seen=quote.edition)
    assert json.dumps(content(shop.again(quote))) == before
    with pytest.raises(TypeError), writing():
        snapshots.newest(Kind.QUOTE, quote.id).content = {}


def test_the_hash_is_of_what_was_kept_in_any_order_and_any_script(shop):
    quote = shop.quote(title="Wärme 🚿 蛇口 \u202b", is_sent=True)
    kept = snapshots.newest(Kind.QUOTE, quote.id)
    assert kept.content_hash == snapshots.content_hash(shop.again(kept).content)
    turned = dict(reversed(kept.content.items()))
    assert snapshots.content_hash(turned) == kept.content_hash
    assert snapshots.content_hash(kept.content | {"total": 1}) != kept.content_hash


def test_a_hash_is_the_same_everywhere():
    """Of {"a":1,"b":"é"} in UTF-8, as sha256sum gives it."""
    told = "09ad9fd2fb648cb2f62141215828ea00a62c299db05d20aa9ade2f527a301cc6"
    assert snapshots.content_hash({"b": "é", "a": 1}) == told


@pytest.mark.parametrize("bent", ["total", "tax", "subtotal", "net", "deposit", "lines", "taxes"])
def test_what_does_not_add_up_is_never_written(shop, bent):
    quote = shop.quote(lines=(line(tax=20),), is_sent=True)
    said = json.loads(json.dumps(content(quote)))
    if bent == "lines":
        said["lines"][0]["price"] += 1
    elif bent == "taxes":
        said["taxes"][0]["tax"] += 1
    else:
        said[bent] += 1
    twin = Snapshot(kind=Kind.QUOTE, record_id=quote.id, revision=2, content=said, content_hash="")
    twin.created_at = clock.now()
    with pytest.raises(DoesNotAddUp), writing():
        db.session.add(twin)
    assert shop.count(Snapshot) == 1


def test_choosing_gives_the_sums_of_what_is_ticked(shop):
    extra = line("Hose", "50.00", is_optional=True, is_chosen=False, tax=20)
    quote = shop.quote(lines=(line(tax=20), extra), discount_percent=Decimal(10), is_sent=True)
    (optional,) = snapshots.optional_ids(content(quote))
    picked = snapshots.choose(content(quote), {optional})
    assert (content(quote)["total"], picked["total"], picked["discount"]) == (10800, 16200, 1500)
    assert snapshots.choose(picked, ()) == content(quote)


def test_what_the_customer_compares_with_is_what_they_saw_last(shop):
    quote = shop.quote(is_sent=True)
    for revision in (2, 3):
        shop.do(documents.save_lines, quote, lines=[line(price=str(revision))], seen=quote.edition)
        shop.do(quotes.send, quote)
    assert snapshots.last_seen(Kind.QUOTE, quote.id, before=3) is None
    with writing():
        snapshots.mark_seen(Kind.QUOTE, quote.id, 1)
        first = snapshots.of(Kind.QUOTE, quote.id, 1).seen_at
        snapshots.mark_seen(Kind.QUOTE, quote.id, 1)
    assert snapshots.last_seen(Kind.QUOTE, quote.id, before=3).revision == 1
    assert shop.again(snapshots.of(Kind.QUOTE, quote.id, 1)).seen_at == first
    assert snapshots.newest_of(Kind.QUOTE, [quote.id])[quote.id].revision == 3


# --- quote to invoice, whatever is on it --------------------------------------------------------------------------

percents = some.decimals(0, 100, places=4) | some.sampled_from([Decimal(10), Decimal(50)])
rates = some.sampled_from([Decimal(0), Decimal("7.375"), Decimal("8.875"), Decimal(19), Decimal(20)])


@some.composite
def lines(draw) -> LineValues:
    rate = draw(rates)
    return LineValues(
        description="Thing",
        quantity=draw(some.decimals("0.0001", 99, places=4)),
        price=draw(some.decimals(0, 999, places=3)),
        cost=draw(some.none() | some.decimals(0, 99, places=2)),
        is_hourly=draw(some.booleans()),
        is_optional=draw(some.booleans()),
        is_chosen=draw(some.booleans()),
        discount_percent=draw(some.none() | percents),
        tax_name=draw(some.sampled_from(["", "VAT"])),
        tax_rate=rate,
        tax_category=TaxCategory.STANDARD if rate else draw(some.sampled_from([TaxCategory.ZERO, TaxCategory.EXEMPT])),
    )


@given(
    said=some.lists(lines(), min_size=1, max_size=6),
    fields=some.fixed_dictionaries(
        {"prices_include_tax": some.booleans(), "deposit_percent": some.none() | percents},
        optional={"discount_percent": percents},
    ),
    fixed=some.integers(0, 100),
    ticks=some.integers(0, 63),
    is_edited=some.booleans(),
)
@settings(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_from_quote_to_job_to_invoice_to_credit_note_nothing_changes_by_a_cent(
    shop, said, fields, fixed, ticks, is_edited
):
    db.session.rollback()
    everything = documents.try_out(shop.quote(), fields, said)
    if "discount_percent" not in fields:
        fields = fields | {"discount_amount": everything.subtotal * fixed // 100}
    quote = shop.quote(lines=tuple(said), is_sent=True, **fields)
    sent = content(quote)
    chosen = [line["id"] for place, line in enumerate(sent["lines"]) if line["is_optional"] and ticks >> place & 1]
    if is_edited:
        shop.do(documents.save, quote, values={"discount_amount": None, "discount_percent": None}, lines=[], seen=2)

    shop.approved(quote, chosen=chosen)
    job = shop.do(quotes.make_work_order, quote)
    invoice = shop.do(invoices.from_work_order, job)
    agreed, kept = snapshots.choose(sent, chosen), quotes.approval(quote)
    if not invoice.lines:
        return
    shop.do(invoices.issue, invoice)
    billed = content(invoice)

    assert billed["total"] == invoice.total == kept.total == agreed["total"]
    for name in ("subtotal", "discount", "net", "tax", "deposit", "taxes", "prices_include_tax"):
        assert billed[name] == agreed[name]
    counted = [line for line in agreed["lines"] if line["is_chosen"]]
    for mine, theirs in zip(billed["lines"], counted, strict=True):
        assert mine | {"id": 0, "is_optional": 0} == theirs | {"id": 0, "is_optional": 0}
    if not is_edited:
        chosen_lines = [each for each, line in zip(said, agreed["lines"], strict=True) if line["is_chosen"]]
        hours = [(asdict(each)["quantity"], each.price, each.cost) for each in chosen_lines]
        assert [(each.quantity, each.price, each.cost) for each in invoice.lines] == hours
    assert shop.do(invoices.credit, invoice).total == -invoice.total
