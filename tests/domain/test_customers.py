import pytest

from models import Bell, Event, db
from portal import clock
from portal.db import writing
from portal.domain import customers
from portal.domain.refusals import ChangedMeanwhile, NotAllowed

CARD = {
    "name": "Carol Cruz",
    "phone": "(503) 555-0188",
    "email": "carol@home.example",
    "street": "48 Alder Street",
    "locality": "Portland",
    "notes": "Pays late",
    "locale": "",
}


def add(name="Carol Cruz", **card):
    with writing():
        return customers.add(name=name, **card)


def found(query, **asked) -> list[str]:
    return [customer.name for customer, _jobs in customers.find(query, **({"limit": 50} | asked))]


def test_an_edited_card_holds_the_new_values_and_says_who(shop):
    carol = add()
    shop.do(customers.edit, carol, values=CARD, seen=1)

    assert {name: getattr(shop.again(carol), name) for name in customers.CARD} == CARD
    assert carol.edition == 2
    event = db.session.query(Event).filter_by(verb="customer_edited").one()
    assert (event.staff, event.bell, event.details) == (shop.dana, Bell.SILENT, {"customer_id": carol.id})


def test_an_edited_card_leaves_the_address_of_the_jobs_already_booked(shop):
    job = shop.work_order(street="48 Alder Street")
    shop.do(customers.edit, job.customer, values=CARD | {"street": "1 New Road"}, seen=1)
    assert shop.again(job).street == "48 Alder Street"


def test_a_card_from_an_old_page_is_refused(shop):
    carol = add()
    shop.do(customers.edit, carol, values=CARD, seen=1)
    with pytest.raises(ChangedMeanwhile):
        shop.do(customers.edit, carol, values=CARD | {"phone": "999"}, seen=1)
    assert shop.again(carol).phone == CARD["phone"]


def test_a_card_saved_as_it_is_leaves_no_trace(shop):
    carol = add(**{name: text for name, text in CARD.items() if name != "name"})
    shop.do(customers.edit, carol, values=CARD, seen=1)
    assert (carol.edition, shop.count(Event, verb="customer_edited")) == (1, 0)


def test_a_customer_is_found_by_a_piece_of_what_the_office_remembers(shop):
    with writing():
        customers.add(**CARD)
    add("Mallory May", phone="(971) 555-0111", street="9 Birch Lane")
    for query in ("carol", "CRUZ", "  rol cr ", "555-0188", "5035550188", "503.555.0188", "alder", "CAROL@home"):
        assert found(query) == ["Carol Cruz"]


def test_letters_beyond_english_are_found_in_either_case(shop):
    for name in ("Émile Zola", "Ясмин Ø", "Pia Østergård"):
        add(name)
    for query in ("émile", "ÉMILE", "Émile Zola", "zola", "ЯСМИН", "ясмин", "Østergård", "ØSTERGÅRD"):
        assert len(found(query)) == 1


def test_signs_of_the_database_are_only_letters(shop):
    for name in ("50% Off Ltd", "A_B", "C\\D", "O'Hara", "Plain Jane"):
        add(name)
    for query, name in (("%", "50% Off Ltd"), ("_", "A_B"), ("\\", "C\\D"), ("'", "O'Hara")):
        assert found(query) == [name]


def test_a_few_digits_are_not_taken_for_a_phone_number(shop):
    add("Carol Cruz", phone="(503) 555-0188", street="")
    assert found("88)") == []
    assert found("0188") == ["Carol Cruz"]


def test_notes_are_not_searched(shop):
    add("Carol Cruz", notes="owes us money")
    assert found("money") == []


def test_everybody_is_listed_by_name_in_pages(shop):
    for name in ("bea", "Anna", "Zoe", "Cleo"):
        add(name)
    assert found("", limit=3) == ["Anna", "bea", "Cleo"]
    cleo = customers.named("cleo")[0]
    assert found("", limit=3, after=cleo) == ["Zoe"]


def test_a_customer_comes_with_the_number_of_their_jobs(shop):
    shop.work_order("Carol Cruz")
    shop.work_order("Carol Cruz")
    add("Mallory May")
    assert [(customer.name, jobs) for customer, jobs in customers.find("", limit=5)] == [
        ("Carol Cruz", 2),
        ("Mallory May", 0),
    ]


def test_an_archived_customer_is_not_offered_any_more(shop):
    carol = add()
    with writing():
        carol.archived_at = clock.now()
    assert found("carol") == []
    assert customers.named("Carol Cruz") == []


@pytest.mark.parametrize("typed", ["carol cruz", " Carol Cruz ", "CAROL CRUZ"])
def test_somebody_by_the_very_same_name_is_known(shop, typed):
    carol = add()
    add("Carol Cruz-Lopez")
    assert customers.named(typed) == [carol]


def test_the_same_name_in_other_letters_is_known_too(shop):
    emile = add("Émile Zola")
    assert customers.named("émile ZOLA") == [emile]


# --- archived -----------------------------------------------------------------------------------------------------


def test_an_archived_card_leaves_the_lists_and_comes_back(shop):
    carol = add()
    shop.do(customers.archive, carol)
    assert (found(""), found("", archived=True)) == ([], ["Carol Cruz"])

    shop.do(customers.bring_back, carol)

    assert (found(""), found("", archived=True)) == (["Carol Cruz"], [])
    assert [e.verb for e in db.session.query(Event).order_by(Event.id)] == ["customer_archived", "customer_restored"]


def test_a_second_press_changes_nothing(shop):
    carol = add()
    for verb in (customers.archive, customers.archive, customers.bring_back, customers.bring_back):
        shop.do(verb, carol)
    assert (carol.edition, shop.count(Event)) == (3, 2)


@pytest.mark.parametrize("steps", [(), ("set_off",), ("start",)])
def test_somebody_we_still_have_to_go_to_is_not_archived(shop, steps):
    job = shop.steps(shop.work_order("Carol Cruz"), *steps)
    with pytest.raises(NotAllowed):
        shop.do(customers.archive, job.customer)
    assert shop.again(job.customer).archived_at is None


@pytest.mark.parametrize("steps", [("start", "complete"), ("cancel",)])
def test_somebody_whose_jobs_are_over_is_archived(shop, steps):
    job = shop.steps(shop.work_order("Carol Cruz"), *steps)
    shop.do(customers.archive, job.customer)
    assert shop.again(job.customer).archived_at


# --- lists --------------------------------------------------------------------------------------------------------


def test_a_customer_is_found_by_the_number_of_a_job(shop):
    job = shop.work_order("Carol Cruz")
    shop.work_order("Mallory May")
    for query in (str(job.number), f"#{job.number}"):
        assert found(query) == ["Carol Cruz"]


@pytest.mark.parametrize("query", ["9" * 12, "²", "#", "١٢٣", "9" * 200])
def test_a_number_that_no_job_has_finds_nobody(shop, query):
    shop.work_order("Carol Cruz")
    assert found(query) == []


def test_the_next_page_begins_behind_the_last_name_whoever_was_added_before(shop):
    for name in ("Bea", "Émile", "Zoe"):
        add(name)
    last, _jobs = customers.find("", limit=2)[-1]
    add("Anna")
    rest = [name for name in ("Bea", "Zoe", "Émile") if name not in (last.name, "Bea")]
    assert found("", after=last) == rest


def test_those_of_the_newest_jobs_are_named_first(shop):
    for name in ("Carol Cruz", "Mallory May", "Carol Cruz"):
        shop.work_order(name)
    add("Anna")
    assert [(customer.name, jobs) for customer, jobs in customers.lately()] == [("Carol Cruz", 2), ("Mallory May", 1)]
