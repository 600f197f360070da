"""The postman in the real server, before a mail server that is slow, absent, moody, or dies at the worst moment."""

import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta

import pytest
import requests

from models import Mail, MailKind, db
from portal import clock, postman
from portal.db import writing
from portal.domain import links, outbox
from portal.domain import shop as shops
from portal.domain import staff as people
from tests.conftest import POSTGRES, ROOT, RunningServer, free_port, wait_for
from tests.factories import Shop
from tests.mail_sink import Sink

BOTH = ["sqlite", "postgres"] if POSTGRES else ["sqlite"]


class ImpatientPost(RunningServer):
    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.impatient_postman"],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        wait_for(self._answers, "the server to answer", within_s=30)


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def open_post(data_dir, sink):
    """Opens servers that hand mail to the sink; ends those that are still open."""
    opened = []

    def open_post(kind=ImpatientPost, **environ: str) -> RunningServer:
        environ = {"SMTP_URL": sink.url, "MAIL_FROM": "mail@shop.example"} | environ
        opened.append(kind(data_dir, free_port(), **environ))
        return opened[-1]

    yield open_post
    for server in opened:
        if server.process.poll() is None:
            server.kill()


class Town:
    """The cast in the database of a running server, and mail for them."""

    def __init__(self, server: RunningServer):
        self.app = server.app()
        self.context = self.app.app_context()
        self.context.push()
        self.shop = Shop(self.app)

    def close(self) -> None:
        self.app.extensions["sqlalchemy"].session.remove()
        self.app.extensions["sqlalchemy"].engine.dispose()
        self.context.pop()

    def job(self):
        job = self.shop.work_order("Carol Cruz")
        self.shop.token(job)
        with writing():
            job.customer.email = "carol@home.example"
        return job

    def send_link(self) -> int:
        job = self.job()
        with writing():
            mail = outbox.send_link(job, by=self.shop.dana)
            db.session.flush()
            return mail.id

    def mail(self, id: int) -> Mail:
        db.session.rollback()
        return db.session.get(Mail, id)

    def wait_until_sent(self, id: int) -> Mail:
        return wait_for(lambda: self.mail(id).sent_at and self.mail(id), "the mail to be sent", within_s=20)

    def wait_until_given_up(self, id: int) -> Mail:
        return wait_for(lambda: self.mail(id).due_at is None and self.mail(id), "the mail to be given up", within_s=20)


@pytest.fixture
def town_of():
    towns = []

    def town_of(server: RunningServer) -> Town:
        towns.append(Town(server))
        return towns[-1]

    yield town_of
    for town in towns:
        town.close()


@pytest.fixture
def post(open_post) -> RunningServer:
    return open_post()


@pytest.fixture
def town(post, town_of) -> Town:
    return town_of(post)


# --- it goes, and at once -------------------------------------------------------------------------------------------


def test_a_message_from_a_customer_reaches_the_office_at_once(open_post, town_of, sink):
    patient = open_post(RunningServer)  # looks into the outbox every half minute: it must have been woken
    town = town_of(patient)
    job = town.job()
    form = {"message": "Water again!\r\n.\r\nPlease hurry.", "name": "Carol", "reach_at": "carol@home.example"}
    assert requests.post(patient.url + town.shop.path(job, "/help"), form, timeout=10).status_code == 200

    wait_for(lambda: len(sink.taken) == 2, "two mails")
    assert Counter(taken.recipients for taken in sink.taken) == {("olive@shop.example",): 1, ("dana@shop.example",): 1}
    (taken,) = sink.to("dana@shop.example")
    assert taken.message["Subject"] == "New message: Kitchen tap (work order 1001)"
    assert taken.message["Reply-To"] == "carol@home.example"
    assert "> Water again!\n> .\n> Please hurry.\n" in taken.text
    assert taken.url == f"{patient.url}/staff/work-orders/{job.id}"


def test_a_hundred_messages_make_five_mails_for_each_reader(post, town, sink):
    path = post.url + town.shop.path(town.job(), "/help")
    codes = Counter(
        requests.post(path, {"message": f"Buy now {number}"}, timeout=10).status_code for number in range(100)
    )
    assert codes == {200: 5, 429: 95}
    last = town.send_link()  # goes after all of them
    town.wait_until_sent(last)
    readers = Counter(taken.recipients[0] for taken in sink.taken)
    assert readers == {"olive@shop.example": 5, "dana@shop.example": 5, "carol@home.example": 1}


def test_a_way_in_is_made_when_it_goes_and_works_once(post, town, sink):
    with writing():
        outbox.send_way_in(town.shop.theo)
    wait_for(lambda: sink.taken, "the mail")
    (taken,) = sink.taken
    assert taken.url.startswith(f"{post.url}/staff/sign-in/")
    assert taken.url.rpartition("/")[2] not in "".join(post.lines)
    assert "Sign in as Theo Tran" in requests.get(taken.url, timeout=10).text
    assert people.find_sign_in_link(taken.url.rpartition("/")[2]).expires_at <= clock.now() + timedelta(hours=1)


# --- a mail server that does not do its part ------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["HELLO", "END"])
def test_while_the_mail_server_hangs_every_page_answers(post, town, sink, where):
    sink.answers = {where: "hang"}
    id = town.send_link()
    job_page = post.url + town.shop.path(town.job())
    wait_for(lambda: town.mail(id).tries, "the postman to be at the door")
    for page in (job_page, f"{post.url}/staff/sign-in", f"{post.url}/healthz"):
        assert requests.get(page, timeout=30).ok
    assert (town.mail(id).tries, town.mail(id).trouble) == (1, ""), "the postman should still have been waiting"

    wait_for(lambda: town.mail(id).trouble == "no answer", "the postman to give up waiting", within_s=20)
    sink.answers = {}
    town.wait_until_sent(id)


@pytest.mark.parametrize(
    "answers",
    [
        {"RCPT": "450 4.2.1 come back later"},
        {"END": "451 try again"},
        {"HELLO": "421 too busy"},
        {"HELLO": "drop"},
        {"TEXT": "drop"},
        {"DATA": "drop"},
    ],
    ids=str,
)
def test_what_was_refused_for_now_arrives_later_and_once(town, sink, answers):
    sink.answers = answers
    id = town.send_link()
    wait_for(lambda: town.mail(id).tries > 1, "a second try")
    assert sink.taken == []
    sink.answers = {}
    town.wait_until_sent(id)
    assert len(sink.taken) == 1
    assert town.mail(id).trouble == ""


def test_a_mail_server_that_is_away_for_a_while_loses_nothing(open_post, town_of, sink):
    port = free_port()
    town = town_of(open_post(SMTP_URL=f"smtp://127.0.0.1:{port}"))
    ids = [town.send_link() for _time in range(3)]
    wait_for(lambda: town.mail(ids[0]).trouble == "unreachable", "trouble")
    back = Sink(port=port)
    for id in ids:
        town.wait_until_sent(id)
    assert len(back.taken) == 3
    back.close()


def test_a_recipient_that_does_not_exist_is_given_up_at_once(town, sink):
    sink.answers = {"RCPT": "550 5.1.1 no such user"}
    mail = town.wait_until_given_up(town.send_link())
    assert (mail.tries, mail.sent_at, mail.trouble) == (1, None, "550 5.1.1 no such user")


def test_a_server_that_never_takes_anything_is_not_asked_for_ever(town, sink):
    sink.answers = {"END": "451 never"}
    mail = town.wait_until_given_up(town.send_link())
    assert (mail.tries, mail.sent_at, mail.trouble) == (7, None, "451 never")


def test_one_bad_recipient_holds_up_nobody_else(town, sink):
    sink.answers = {"RCPT": "450 not now"}
    stuck = town.send_link()
    wait_for(lambda: town.mail(stuck).tries, "a first try")
    sink.answers = {}
    town.wait_until_sent(town.send_link())


def test_a_mail_that_cannot_be_written_holds_up_nobody_else(post, town):
    with writing():
        for kind in MailKind:
            outbox.add(kind, "nobody@shop.example")
        outbox.add(MailKind.TEST, "olive@shop.example", staff=town.shop.person("Olive"))
    town.wait_until_sent(len(MailKind) + 1)
    assert {town.mail(id).trouble for id in range(1, len(MailKind) + 1)} == {"left"}


def test_a_link_revoked_while_its_mail_waited_does_not_go(town, sink):
    sink.answers = {"HELLO": "421 too busy"}
    id = town.send_link()
    wait_for(lambda: town.mail(id).trouble, "a first try")
    town.shop.do(links.revoke, links.record(town.mail(id).link))
    sink.answers = {}
    assert town.wait_until_given_up(id).trouble == "revoked"
    assert sink.taken == []


# --- death at the worst moment --------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["HELLO", "RCPT", "DATA"])
def test_killed_before_the_server_took_it_the_mail_goes_after_the_restart(post, town, sink, where):
    sink.answers = {where: "hang"}
    id = town.send_link()
    wait_for(lambda: town.mail(id).tries and sink.lines, "the postman to be at the door")
    post.kill()
    sink.answers = {}
    post.start()
    town.wait_until_sent(id)
    assert len(sink.taken) == 1


def test_killed_after_it_was_noted_it_does_not_go_again(post, town, sink):
    id = town.send_link()
    town.wait_until_sent(id)
    post.kill()
    post.start()
    town.wait_until_sent(town.send_link())
    assert len(sink.taken) == 2


def test_killed_between_taken_and_noted_it_goes_twice_under_one_message_id(post, town, sink):
    """SMTP has no way to ask whether a letter was taken. Twice is the better half of lost or twice."""
    killed = threading.Event()

    def kill_once() -> None:
        if not killed.is_set():
            killed.set()
            post.kill()

    sink.after_taking = kill_once
    id = town.send_link()
    assert killed.wait(20)
    wait_for(lambda: post.process.poll() is not None, "the server to be dead")
    assert town.mail(id).sent_at is None
    post.start()
    town.wait_until_sent(id)
    assert len(sink.taken) == 2
    assert len({taken.message["Message-ID"] for taken in sink.taken}) == 1
    assert len({taken.text for taken in sink.taken}) == 1


def test_a_clean_stop_hands_back_the_mail_in_hand(open_post, town_of, sink):
    patient = open_post(RunningServer)
    town = town_of(patient)
    sink.answers = {"DATA": "hang"}
    job = town.job()
    requests.post(patient.url + town.shop.path(job, "/help"), {"message": "Hello"}, timeout=10)
    wait_for(lambda: sink.lines and "DATA" in sink.commands, "the postman to be in the middle of it")
    assert patient.stop() == 0
    assert {(town.mail(id).tries, town.mail(id).trouble) for id in (1, 2)} == {(0, "")}
    assert all(town.mail(id).due_at <= clock.now() for id in (1, 2))
    sink.answers = {}
    patient.start()
    for id in (1, 2):
        town.wait_until_sent(id)
    assert Counter(taken.recipients[0] for taken in sink.taken) == {"olive@shop.example": 1, "dana@shop.example": 1}


# --- two of them ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_two_servers_on_one_database_send_each_mail_once(database, open_post, town_of, sink):
    servers = [open_post(DATABASE_URL=database) for _server in range(2)]
    town = town_of(servers[0])
    with writing():
        for number in range(40):
            person = people.add(name=f"Nr {number}", email=f"nr-{number}@shop.example", role="office")
            outbox.add(MailKind.TEST, person.email, staff=person)
    wait_for(lambda: town.shop.count(Mail, due_at=None) == 40, "all to be sent", within_s=60)
    assert Counter(taken.recipients[0] for taken in sink.taken) == {
        f"nr-{number}@shop.example": 1 for number in range(40)
    }
    said = [lambda server=server: sum(" sent" in line for line in server.lines) for server in servers]
    wait_for(lambda: sum(count() for count in said) == 40, "both to have said so")
    assert min(count() for count in said) > 0


# --- without one ----------------------------------------------------------------------------------------------------


def test_a_start_without_a_mail_server_says_nothing_of_mail(server):
    assert not [line for line in server.lines if "mail" in line.lower() or "smtp" in line.lower()]
    assert not [line for line in server.lines if "error" in line.lower() or "warning" in line.lower()]


# --- what goes along ------------------------------------------------------------------------------------------------


def send_invoice(town) -> int:
    invoice = town.shop.invoice(is_issued=True)
    town.shop.token(invoice)
    with writing():
        invoice.customer.email = "carol@home.example"
    with writing():
        mail = outbox.send_link(invoice, by=town.shop.dana)
        db.session.flush()
        return mail.id


def enclosed(taken) -> list[tuple[str, str, bytes]]:
    return [
        (part.get_filename(), part.get_content_type(), part.get_content()) for part in taken.message.iter_attachments()
    ]


def test_an_invoice_goes_along_as_the_pdf_that_its_link_shows(post, town, sink):
    town.wait_until_sent(send_invoice(town))
    (taken,) = sink.taken
    ((name, kind, content),) = enclosed(taken)
    assert (name, kind) == ("invoice-1001.pdf", "application/pdf")
    assert content == requests.get(f"{taken.url}/pdf", timeout=30).content
    assert "The PDF is attached." in taken.text
    assert "The PDF is attached." in taken.html


def test_the_owner_can_have_mails_go_without_pdfs(post, town, sink):
    with writing():
        shops.edit(town.shop.profile, {"attaches_paper": False}, seen=1, by=town.shop.dana)
    town.wait_until_sent(send_invoice(town))
    (taken,) = sink.taken
    assert enclosed(taken) == []
    assert "attached" not in taken.text


def test_a_mail_whose_pdf_cannot_be_made_goes_without_it(post, town, sink, data_dir):
    (data_dir / "paper").write_text("where the folder should be")
    town.wait_until_sent(send_invoice(town))
    (taken,) = sink.taken
    assert enclosed(taken) == []
    assert "attached" not in taken.text
    assert requests.get(taken.url, timeout=10).ok


class HurriedPost(RunningServer):
    module = "tests.hurried_paper"


def test_a_mail_does_not_wait_for_a_pdf_that_takes_too_long(open_post, town_of, sink):
    post = open_post(HurriedPost)
    town = town_of(post)
    mail = town.wait_until_sent(send_invoice(town))
    assert mail.tries == 1
    (taken,) = sink.taken
    assert enclosed(taken) == []
    assert "attached" not in taken.text
    assert [line for line in post.lines if f"mail {mail.id}: goes without its PDF (too slow)" in line]
    assert requests.get(f"{taken.url}/pdf", timeout=30).status_code == 200


def test_where_the_bucket_with_the_logo_is_out_of_reach_a_mail_goes_all_the_same(open_post, town_of, sink):
    key = "AKIATEST:secret"
    post = open_post(FILES_URL=f"http://{key}@127.0.0.1:{free_port()}/photos")
    town = town_of(post)
    with writing():
        town.shop.profile.logo = f"{'0' * 32}.webp"
        town.shop.profile.logo_width = town.shop.profile.logo_height = 64
    mail = town.wait_until_sent(send_invoice(town))
    assert mail.tries == 1
    (taken,) = sink.taken
    assert enclosed(taken) == []
    refused = requests.get(f"{taken.url}/pdf", timeout=30)
    assert (refused.status_code, "Print the page from your browser" in refused.text) == (503, True)


def test_a_claim_lasts_longer_than_all_that_is_done_under_it():
    assert postman.LEASE.total_seconds() > postman.PAPER_S + postman.TOTAL_S


def test_nothing_goes_along_with_the_link_to_a_job(post, town, sink):
    town.wait_until_sent(town.send_link())
    assert enclosed(sink.taken[0]) == []
