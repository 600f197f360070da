"""A list of customers from another program: read as it is meant, looked at first, imported once."""

import io

import pytest

from models import Customer, Event
from portal.db import writing
from portal.domain import customers
from tests.factories import press
from tests.pages import read

PATH = "/staff/customers/import"
LIST = "Name,Phone,Email\nCarol Cruz,(503) 555-0188,carol@home.example\nMallory May,,\n"


def upload(client, raw: bytes, **form):
    file = {"file": (io.BytesIO(raw), "customers.csv"), "csrf_token": client.csrf}
    return client.post(PATH, data=form | file, content_type="multipart/form-data")


def imported(client, answer, **form):
    """Press Import on the preview that came as `answer`."""
    return press(client, f"{PATH}/save", {"text": read(answer).kept("text")} | form)


def everybody() -> list[str]:
    return [customer.name for customer, _jobs in customers.find("", limit=99)]


def tally(page) -> list[str]:
    return [item.find("b").text for item in page.all("ul", **{"class": "tally"})[0]]


def test_nobody_is_added_before_the_second_press(shop):
    office = shop.staff_client()
    before = shop.count(Event)
    answer = upload(office, LIST.encode())
    assert tally(read(answer)) == ["2", "0", "0", "0"]
    assert (everybody(), shop.count(Event)) == ([], before)

    done = imported(office, answer)

    assert (done.status_code, done.location) == (303, "/staff/customers")
    assert "Added 2 customers." in read(office.get(done.location)).words()
    assert shop.count(Customer) == 2
    carol = customers.named("Carol Cruz")[0]
    assert (carol.phone, carol.email) == ("(503) 555-0188", "carol@home.example")


def test_a_double_press_adds_nobody_twice(shop):
    office = shop.staff_client()
    answer = upload(office, LIST.encode())
    for _press in range(2):
        assert imported(office, answer).status_code == 303
    assert everybody() == ["Carol Cruz", "Mallory May"]
    assert shop.count(Event, verb="customers_imported") == 1


def test_rows_may_be_pasted(shop):
    office = shop.staff_client()
    imported(office, press(office, PATH, {"text": "Nombre\tTeléfono\r\nCarol Cruz\t503 555 0188\r\n"}))
    assert customers.named("Carol Cruz")[0].phone == "503 555 0188"


@pytest.mark.parametrize(
    "raw",
    [
        "Vorname;Nachname;Straße;PLZ;Ort;Notizen\nÉmile;Zöla;Rue 1;75001;Paris;zahlt bar\n".encode(),
        "\ufeffFirst name,Last name,Street address,Zip,City,Notes\nÉmile,Zöla,Rue 1,75001,Paris,zahlt bar".encode(),
        "Nombre,Apellidos,Dirección,Código postal,Ciudad,Notas\r\nÉmile,Zöla,Rue 1,75001,Paris,zahlt bar".encode(
            "cp1252"
        ),
        "Name\tStreet\tCity and postcode\tRemarks\nÉmile Zöla\tRue 1\t75001 Paris\tzahlt bar\n".encode("utf-16"),
        'NAME, STREET ,"City, and postcode",note\n"Émile Zöla",Rue 1,75001 Paris,"zahlt bar"\n\n,,,\n'.encode(),
        "E-Mail;Kunde;Adresse;PLZ/Ort;Bemerkung;Umsatz\r;Émile Zöla;Rue 1;75001 Paris;zahlt bar;1.000\r".encode(),
    ],
    ids=["German", "English with a BOM", "Spanish in cp1252", "UTF-16 with tabs", "quoted", "old Mac, more columns"],
)
def test_a_list_is_read_as_it_was_meant(shop, raw):
    office = shop.staff_client()
    assert imported(office, upload(office, raw)).status_code == 303
    emile = customers.named("Émile Zöla")[0]
    assert (emile.street, emile.locality, emile.notes) == ("Rue 1", "75001 Paris", "zahlt bar")


def test_what_is_wrong_stands_beside_its_row_and_the_rest_is_imported(shop):
    rows = [
        "Name,Email,Phone,Street",
        ",a@b.example,,",
        "Bea,bea at home,,",
        "Cleo,,12,",
        f"Dora,,,{'x' * 201}",
        "Eve,,,",
    ]
    office = shop.staff_client()
    answer = upload(office, "\n".join(rows).encode())
    page = read(answer)
    assert tally(page) == ["1", "0", "0", "4"]
    for words in (
        "Row 2 – a@b.example Name: The name is missing.",
        "Row 3 Bea bea at home Email: Enter an email address",
        "Row 4 Cleo 12 Phone: Enter a phone number",
        "Street and number: Use at most 200 characters.",
    ):
        assert words in page.words()
    imported(office, answer)
    assert everybody() == ["Eve"]


@pytest.mark.parametrize(("even_alike", "expected"), [({}, ["Carol Cruz", "Zoe"]), ({"even_alike": "y"}, None)])
def test_who_seems_known_is_marked_and_left_out_unless_it_is_meant(shop, even_alike, expected):
    with writing():
        customers.add(name="Carol Cruz", phone="(503) 555-0188")
    office = shop.staff_client()
    answer = upload(office, b"Name,Phone\nCaroline,503.555.0188\nZoe,\nZoe,\nCarol Cruz,(503) 555-0188\n")
    page = read(answer)
    assert tally(page) == ["1", "1", "2", "0"]
    assert "Look at Carol Cruz" in page.words()
    assert "Like row 3 of this list" in page.words()
    imported(office, answer, **even_alike)
    assert everybody() == (expected or ["Carol Cruz", "Caroline", "Zoe"])


def test_a_language_is_understood_by_code_or_name(shop):
    office = shop.staff_client()
    answer = upload(office, b"Name,Language\nAnn,en\nBea,English\nCleo,en-US\nDora,Klingon\nEve,\n")
    assert "1 row names a language" in read(answer).words()
    imported(office, answer)
    assert [c.locale for c, _jobs in customers.find("", limit=9)] == ["en", "en", "en", "", ""]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "Choose a file, or paste its rows."),
        (b" \r\n ", "Choose a file"),
        (b"\x00\x00", "Choose a file"),
        (b"Phone,Email\n1,2\n", "No column has the customers"),
        (b"Carol Cruz,503\n", "No column has the customers"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff", "No column has the customers"),
        (b'"', "No column has the customers"),
        (b"Name\n", "no customer below"),
        (b"Name\n" + b"A\n" * 5001, "more than 5000 customers"),
        (b"Name\n" + b"\n" * 30_000 + b",\n" * 1, "more than 5000 customers"),
        (b"Name\n" + b"A" * 2_000_001, "more than 2 MB"),
    ],
)
def test_what_cannot_be_imported_is_said_and_adds_nobody(shop, raw, words):
    page = read(upload(shop.staff_client(), raw), 422)
    assert words in page.error("file") + page.error("text")
    assert words in page.words("error-summary")
    assert page.title.startswith("Error: ")
    assert shop.count(Customer) == 0


@pytest.mark.parametrize(
    "raw",
    [
        b"Name\nCarol\x00 Cruz\n",
        b'Name\n"Carol Cruz\n',
        b'Name\nCarol" Cruz"\n"\n',
        "Name\n🚰 Carol \u202eCruz\u202c محمد\n".encode(),
        b"Name,Notes\nCarol," + b"x" * 1_000_000 + b"\n",
        b"Name" + b",x" * 100_000 + b"\nCarol" + b"," * 100_000,
        b"Name,Name,Phone,Phone\nCarol,Cruz,,555 0188\n",
        b"Name\n=1+1\n@SUM(A1)\n-2\n",
        b"Name,Phone\nCarol\nMallory,555 0101,more,and more\n",
        b"\xff\xfeN\x00a",
        b"\xfe\xff\x00",
        "Name\nCarol\u2028Cruz\n".encode(),
        b"Name\r\n" + b"</textarea><script>alert(1)</script>\r\n",
    ],
)
def test_no_list_whatsoever_is_an_error_of_ours(shop, raw):
    office = shop.staff_client()
    answer = upload(office, raw)
    assert answer.status_code in (200, 422)
    page = read(answer, answer.status_code)
    assert [script.text for script in page.all("script") if script.text] == []
    if answer.status_code == 200:
        assert imported(office, answer).status_code == 303


def test_as_many_as_are_allowed_are_imported(shop):
    office = shop.staff_client()
    rows = "".join(f'"Customer {n}","(503) 555-{n:04}",c{n}@home.example\n' for n in range(5000))
    answer = upload(office, f"Name,Phone,Email\n{rows}".encode())
    assert imported(office, answer).status_code == 303
    assert shop.count(Customer) == 5000


@pytest.mark.parametrize("form", [{}, {"text": ""}, {"text": "Phone\n1"}, {"text": "x" * 2_000_001}])
def test_a_second_press_without_a_list_adds_nobody(shop, form):
    read(press(shop.staff_client(), f"{PATH}/save", form), 422)
    assert shop.count(Customer) == 0


def test_the_sample_is_a_list_that_can_be_imported(shop):
    office = shop.staff_client()
    sample = office.get(f"{PATH}/sample.csv")
    assert sample.mimetype == "text/csv"
    assert "attachment" in sample.headers["Content-Disposition"]
    answer = upload(office, sample.data)
    assert "Not used" not in read(answer).words()
    imported(office, answer)
    assert customers.named("Carol Cruz")[0].locality == "Portland, OR 97205"
