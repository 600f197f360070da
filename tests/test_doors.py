"""What holds for every route there is: closed to strangers, one 404 for bad links, safe to look at, headers on all.

The routes are walked from app.url_map, so that a new one is under these laws from its first day.
"""

import re
import secrets

import pytest
from html5lib import parse

from models import OrgProfile, db
from portal import staff
from portal.db import writing
from portal.domain import links
from portal.domain.links import ALPHABET
from tests.addresses import METHODS, Town
from tests.factories import csrf_of
from tests.records import everything

HEADERS = {
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Robots-Tag",
}
PREVIEWERS = (
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
)


@pytest.fixture
def town(shop) -> Town:
    return Town(shop)


def all_of(answer) -> tuple:
    """Everything that an answer tells, but for the time of day. A stream is not read: it would not end."""
    headers = sorted((name, value) for name, value in answer.headers if name != "Date")
    body = b"" if answer.mimetype == "text/event-stream" else answer.data
    answer.close()
    return answer.status, headers, body


# --- every route has a door ---------------------------------------------------------------------------------------


def test_every_route_belongs_to_a_known_door(app):
    assert {rule.endpoint.partition(".")[0] for rule in app.url_map.iter_rules()} == {
        "assets",
        "customer",
        "health",
        "hooks",
        "staff",
        "way_back",
    }


def test_every_route_lies_behind_its_doors_address(town):
    for address in town.addresses():
        prefix = {"assets": ("/static/", "/logo/"), "customer": "/portal/", "staff": "/staff/", "health": "/"}
        prefix |= {"hooks": "/hooks/", "way_back": "/portal/paid/"}
        assert address.path.startswith(prefix[address.door])
        assert address.door != "health" or address.path in ("/", "/healthz")


def test_no_route_answers_options_by_itself(app):
    assert {rule.endpoint for rule in app.url_map.iter_rules() if "OPTIONS" in rule.methods} == set()


# --- the staff side is closed -------------------------------------------------------------------------------------

OPEN = {"staff.sign_in", "staff.try_sign_in", "staff.sign_in_link", "staff.use_sign_in_link", "staff.mail_sign_in_link"}
OPEN |= {"staff.set_up", "staff.finish_set_up", "staff.set_up_preview"}  # each for whoever holds the printed link
OPEN |= {
    "staff.manifest",
    "staff.worker",
    "staff.offline",
}  # the app’s own shell, asked for without cookies


def test_only_signing_in_is_open_to_strangers():
    assert staff.OPEN == OPEN


def test_a_stranger_gets_nowhere_on_the_staff_side(town):
    stranger, before = town.shop.app.test_client(), everything(town.database())
    closed = [address for address in town.addresses("staff") if address.endpoint not in OPEN]
    assert len(closed) > 30
    for address in closed:
        for method in METHODS:
            answer = stranger.open(address.path, method=method)
            place = f"{method} {address.path}"
            if method not in address.methods:
                assert answer.status_code == 405, place
            elif method in ("GET", "HEAD"):
                assert answer.status_code == 302, place
                assert answer.location.startswith("/staff/sign-in?next="), place
            else:
                assert answer.status_code == 400, place
    assert everything(town.database()) == before


def test_a_stranger_with_a_form_token_of_their_own_is_sent_to_sign_in(town):
    stranger, before = town.shop.app.test_client(), everything(town.database())
    form = {"csrf_token": csrf_of(stranger.get("/staff/sign-in").text)}
    posts = [a for a in town.addresses("staff") if a.endpoint not in OPEN and "POST" in a.methods]
    assert len(posts) > 15
    for address in posts:
        answer = stranger.post(address.path, data=form)
        assert (answer.status_code, answer.location) == (303, "/staff/sign-in"), address.path
        assert stranger.post(address.path, data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
        told = stranger.post(address.path, data=form, headers={"Accept": "application/json"})
        assert told.status_code == 401, address.path
    assert everything(town.database()) == before


def test_a_stranger_learns_nothing_of_which_records_exist(town):
    stranger = town.shop.app.test_client()
    for there, not_there in ((town.job.id, 99999), (town.job.customer.id, 99999)):
        for path in ("/staff/work-orders/%d", "/staff/customers/%d", "/staff/work-orders/%d/preview"):
            answers = [stranger.get(path % number) for number in (there, not_there)]
            assert [answer.status_code for answer in answers] == [302, 302]


def test_a_share_link_opens_nothing_on_the_staff_side(town):
    customer = town.shop.app.test_client()
    customer.get(f"/portal/wo/{town.token}")
    for address in town.addresses("staff"):
        if address.endpoint not in OPEN and "GET" in address.methods:
            assert customer.get(address.path, query_string={"token": town.token}).status_code == 302, address.path


# --- one 404 for every bad link -----------------------------------------------------------------------------------


def made_up() -> str:
    return "".join(secrets.choice(ALPHABET) for _letter in range(27))


GOOD_FORM = "0123456789abcdefghjkmnpqrst"
MALFORMED = {
    "nothing": "",
    "shared": "shared",
    "null": "null",
    "undefined": "undefined",
    "zero": "0",
    "star": "*",
    "percent": "%25",
    "NUL": "%00",
    "NUL inside": f"{GOOD_FORM[:13]}%00{GOOD_FORM[14:]}",
    "too short": GOOD_FORM[:-1],
    "too long": GOOD_FORM + "0",
    "a letter outside the alphabet": f"{GOOD_FORM[:-1]}u",
    "upper-case garbage": "LIUO" * 6 + "XYZ",
    "unicode digits": "١" * 27,
    "full-width letters": "ａ" * 27,
    "a long s, which lower-cases to s": f"{GOOD_FORM[:-1]}ſ",
    "a Kelvin sign, which lower-cases to k": f"{GOOD_FORM[:-1]}\u212a",
    "half a surrogate": "%ED%A0%80",
    "bytes that are no UTF-8": "%FF%FE",
    "a full stop at the end": f"{GOOD_FORM}.",
    "a space at the end": f"{GOOD_FORM}%20",
    "a newline at the end": f"{GOOD_FORM}%0a",
    "a slash at the end": f"{GOOD_FORM}/",
    "a folder up": "../wo",
    "an encoded folder up": "..%2f..%2fetc%2fpasswd",
    "a number": "1",
    "an array": "?t[]=1",
    "SQL": "'%20OR%201=1--",
    "a template": "{{7*7}}",
    "as long as a URL may be": "a" * 8000,
}


@pytest.fixture
def bad_links(town) -> dict[str, str]:
    """Why it is bad: the address. The revoked one worked a moment ago."""
    other = town.shop.work_order("Mallory Moss", title="Garage door")
    path = town.shop.path(other)
    assert town.shop.app.test_client().get(path).status_code == 200
    town.shop.do(links.revoke, other)
    return {
        "never made": f"/portal/wo/{made_up()}",
        "revoked": path,
        "revoked, in capitals": f"/portal/wo/{path.rsplit('/')[-1].upper()}",
        "of another kind": f"/portal/quote/{town.token}",
        "of a quote, as a work order": f"/portal/wo/{town.tokens['quote']}",
        "of a quote, as an invoice": f"/portal/invoice/{town.tokens['quote']}",
        "of an invoice, as a quote": f"/portal/quote/{town.tokens['invoice']}",
        "of a kind unheard of": f"/portal/xx/{town.token}",
        "without its kind": f"/portal/{town.token}",
        "with another in front": f"/portal/wo/{made_up()}/{town.token}",
        "in the query only": f"/portal/wo/?token={town.token}",
        "doubled slash": f"/portal//wo/{made_up()}",
    }


@pytest.fixture
def rests(town) -> list[str]:
    """What stands behind the token in the address of each of the customer's routes."""
    rests = {town.rest(address) for address in town.addresses("customer")}
    assert {"", "/live", "/seen", "/help", "/calendar.ics", "/approve", "/request-changes", "/decline"} < rests
    return sorted(rests)


def differing(town, paths: dict[str, str], methods=METHODS, **asked) -> dict[str, tuple]:
    """The answers that are not the very same 404 as that of a token nobody ever made."""
    client = town.shop.app.test_client()
    found = {}
    spoken = {name: value for name, value in asked.get("headers", {}).items() if name == "Accept-Language"}
    for method in methods:
        expected = all_of(client.open(f"/portal/wo/{made_up()}", method=method, headers=spoken))
        assert expected[0] == "404 NOT FOUND"
        for why, path in paths.items():
            answer = client.open(path, method=method, **asked)
            if all_of(answer) != expected:
                found[f"{method} {why}"] = answer.status, answer.location
    return found


def test_the_one_404_names_neither_shop_nor_job(town):
    answer = town.shop.app.test_client().get(f"/portal/wo/{made_up()}")
    assert "doesn’t work any more" in answer.text
    for secret in (town.shop.profile.name, town.shop.profile.phone, town.job.title, town.job.street):
        assert secret not in answer.text


def test_every_bad_link_gets_the_same_404_on_every_route_and_by_every_method(town, bad_links, rests):
    paths = {f"{why} {rest}": path + rest for why, path in bad_links.items() for rest in rests}
    assert differing(town, paths) == {}


def test_every_malformed_token_gets_the_same_404_on_every_route(town, rests):
    paths = {f"{why} {rest}": f"/portal/wo/{token}{rest}" for why, token in MALFORMED.items() for rest in rests}
    assert differing(town, paths, methods=["GET", "POST"]) == {}


def test_every_malformed_token_gets_the_same_404_by_every_method(town):
    assert differing(town, {why: f"/portal/wo/{token}" for why, token in MALFORMED.items()}) == {}


@pytest.mark.parametrize(
    "asked",
    [
        {"data": b"x" * 3_000_000},
        {"headers": {"Sec-Fetch-Site": "cross-site"}},
        {"headers": {"Accept": "application/json"}},
        {"headers": {"Accept-Language": "de"}},
        {"headers": {"Accept-Language": "x" * 500}},
        {"headers": {"Range": "bytes=0-10", "If-None-Match": "*"}},
    ],
    ids=["too large a body", "a form elsewhere", "for a script", "in another language", "in none", "in part"],
)
def test_a_bad_link_gets_the_same_404_however_it_is_asked(town, bad_links, rests, asked):
    paths = {f"{why} {rest}": path + rest for why, path in bad_links.items() for rest in rests}
    assert differing(town, paths, methods=["GET", "POST"], **asked) == {}


def test_another_shops_name_is_refused_alike_for_good_and_bad_links(town, bad_links):
    good = f"/portal/wo/{town.token}"
    for path in (good, *bad_links.values(), "/staff/", "/healthz"):
        answer = town.shop.app.test_client().get(path, headers={"Host": "elsewhere.example"})
        assert answer.status_code == 400
        assert "elsewhere" not in answer.text


def test_what_a_good_link_does_not_have_is_the_same_404(town):
    good = f"/portal/wo/{town.token}"
    others = town.shop.work_order("Mallory Moss")
    foreign, hidden = town.shop.photo(others), town.shop.photo(town.job, is_shown=False)
    assert all_of(town.shop.app.test_client().get(f"{good}/photos/{town.photo.full}"))[0] == "200 OK"
    rests = ["/", "/pdf", "/nope", "/help/", "/live/", "//live", "/photos", "/photos/", "/..", "/%2e%2e", "/help/nope"]
    rests += ["/photos/nope.webp", "/photos/..%2f..%2fporchlight.db", "/photos/%00", f"/photos/{'0' * 32}.webp"]
    rests += [f"/photos/{name}" for photo in (foreign, hidden) for name in (photo.full, photo.thumb)]
    assert differing(town, {rest: good + rest for rest in rests}) == {}


def test_a_method_that_a_good_link_does_not_know_is_the_same_404(town):
    for address in town.addresses("customer"):
        unknown = [method for method in METHODS if method not in address.methods]
        assert "OPTIONS" in unknown
        assert differing(town, {address.path: address.path}, methods=unknown) == {}


def test_a_calendar_file_that_is_not_there_is_the_same_404(town):
    waiting = town.shop.work_order("Mallory Moss")
    town.shop.steps(waiting, "cancel")
    assert differing(town, {"calendar": town.shop.path(waiting, "/calendar.ics")}, methods=["GET", "HEAD"]) == {}


def test_what_another_kind_of_link_has_is_the_same_404(town, rests):
    here = {address.path for address in town.addresses("customer")}
    every = {f"/portal/{kind}/{token}{rest}" for kind, token in town.tokens.items() for rest in rests}
    assert len(every - here) > 6
    assert differing(town, {path: path for path in every - here}) == {}


def test_a_link_opens_its_own_record_only(town):
    shop, client = town.shop, town.shop.app.test_client()
    other = shop.work_order("Mallory Moss", title="Garage door", street="5 Quarry Way")
    mine, theirs = client.get(shop.path(town.job)).text, client.get(shop.path(other)).text
    assert "Garage door" in theirs
    assert "Garage door" not in mine
    assert "Quarry Way" not in mine
    assert town.job.title not in theirs


# --- what every answer carries ------------------------------------------------------------------------------------


def visited(town: Town, client, **asked):
    """(address, answer) of every route, asked by each method that it knows, and by one that it does not."""
    form = {"csrf_token": getattr(client, "csrf", "")}
    # Whoever uses a sign-in link is somebody else from then on, with other rights: that comes last.
    for address in sorted(town.addresses(), key=lambda address: address.path.endswith(town.sign_in_token)):
        if address.endpoint.startswith("staff.sign_out"):
            continue  # it would end the session of those that follow
        for method in [*sorted(address.methods), "DELETE"]:
            answer = client.open(address.path, method=method, data=form if method == "POST" else None, **asked)
            yield address, answer
            answer.close()


def lacking(answer) -> set[str]:
    return {name for name in HEADERS if name not in answer.headers}


@pytest.mark.parametrize("who", ["", "Olive", "Theo"])
def test_every_answer_carries_the_security_headers(town, who):
    client = town.shop.staff_client(who) if who else town.shop.app.test_client()
    codes = set()
    for address, answer in visited(town, client):
        codes.add(answer.status_code)
        assert lacking(answer) == set(), f"{answer.status} {address.path}"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "Server" not in answer.headers
    assert {200, 302, 405} < codes


@pytest.mark.parametrize(
    "path", ["/nope", "/static/nope", "/static/x/nope.js", "/portal/", "/staff/nope", "/%00", "/.git"]
)
def test_a_page_that_is_not_there_carries_the_security_headers(shop, path):
    answer = shop.app.test_client().get(path)
    assert answer.status_code == 404
    assert lacking(answer) == set()
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_a_failure_of_ours_carries_the_security_headers_on_every_route(town):
    client = town.shop.staff_client("Olive")
    # Nothing of the shop’s is asked for there, or not before what is not there in this one.
    wordless = {"customer.live", "customer.seen", "customer.pay", "staff.worker"}
    addresses = [a for a in town.addresses("customer", "staff") if a.endpoint not in wordless]
    with writing():
        db.session.delete(db.session.get(OrgProfile, 1))
    for address in addresses:
        for method in address.methods:
            form = {"csrf_token": client.csrf} if method == "POST" else None
            answer = client.open(address.path, method=method, data=form)
            place = f"{method} {address.path}"
            assert answer.status_code == 500, place
            assert lacking(answer) == set(), place
            assert answer.headers["Cache-Control"] == "no-store, private", place
            assert method == "HEAD" or "went wrong on our side" in answer.text, place


def test_nothing_private_is_kept_by_a_browser_or_a_proxy(town):
    client = town.shop.staff_client("Olive")
    for address, answer in visited(town, client):
        if address.door in ("customer", "staff"):
            assert "no-store" in answer.headers["Cache-Control"], f"{answer.status} {address.path}"
            assert "public" not in answer.headers["Cache-Control"]


def test_no_answer_behind_a_link_sets_or_reads_a_cookie(town):
    for client in (town.shop.app.test_client(), town.shop.staff_client("Olive")):
        for address, answer in visited(town, client):
            if address.door == "customer":
                assert "Set-Cookie" not in answer.headers, address.path
                assert "Vary" not in answer.headers, address.path


def test_a_page_behind_a_link_is_the_same_for_staff_and_for_strangers(town):
    staff_member, stranger = town.shop.staff_client("Olive"), town.shop.app.test_client()
    for address in town.addresses("customer"):
        if "GET" in address.methods and not address.path.endswith(("/live", ".ics")):
            assert all_of(staff_member.get(address.path)) == all_of(stranger.get(address.path)), address.path


def test_only_the_picture_of_the_customers_page_stands_in_a_frame(town):
    client, framed, around = town.shop.staff_client("Olive"), set(), set()
    for address, answer in visited(town, client):
        policy = answer.headers["Content-Security-Policy"]
        assert ("frame-ancestors 'none'" in policy) != ("frame-ancestors 'self'" in policy), address.path
        if "frame-ancestors 'self'" in policy:
            framed.add(address.endpoint)
            page = answer.text
            assert "<form" not in page, address.path
            assert 'href="/staff' not in page, address.path
        if "frame-src" in policy:
            around.add(address.endpoint)
    assert framed == {"staff.set_up_preview", "staff.shop_preview"}
    assert around <= {
        "staff.set_up",
        "staff.finish_set_up",
        "staff.settings",
        "staff.save_settings",
        "staff.save_logo",
        "staff.make_it_yours",
        "staff.open_my_shop",
    }


def test_no_page_has_anything_inline_that_the_policy_would_refuse(town):
    client, pages = town.shop.staff_client("Olive"), 0
    for address in town.addresses():
        answer = client.open(address.path, method="GET" if "GET" in address.methods else "HEAD")
        if answer.mimetype != "text/html":
            answer.close()
            continue
        pages += 1
        for element in parse(answer.text, namespaceHTMLElements=False).iter():
            names = set(element.attrib)
            assert {name for name in names if name == "style" or str(name).startswith("on")} == set(), address.path
            assert element.tag != "script" or element.get("src", "").startswith("/static/"), address.path
            for name in ("href", "src", "action", "formaction"):
                assert not re.match(r"\s*(javascript|data:text)", element.get(name, ""), re.IGNORECASE), address.path
            if element.tag in ("img", "script", "iframe", "object", "embed", "form", "source"):
                assert not re.match(r"(\w+:)?//", element.get("src", element.get("action", ""))), address.path
    assert pages > 15


# --- looking changes nothing --------------------------------------------------------------------------------------


def files(town: Town) -> set[str]:
    """All but the database, and what the press keeps so as not to print it twice."""
    folder = town.shop.app.extensions["settings"].data_dir
    found = (path for path in folder.rglob("*") if not path.is_relative_to(folder / "paper"))
    return {path.name for path in found if not path.name.startswith("porchlight.db")}


@pytest.mark.parametrize("who", ["", "Olive", "Theo"])
def test_looking_at_every_route_changes_nothing(town, who):
    client = town.shop.staff_client(who) if who else town.shop.app.test_client()
    before, kept, looks = everything(town.database()), files(town), 0
    for address in town.addresses():
        for agent in PREVIEWERS if not who else PREVIEWERS[:1]:
            for method in ("GET", "HEAD"):
                answer = client.open(address.path, method=method, headers={"User-Agent": agent})
                looks += answer.status_code == 200
                assert answer.status_code < 500, f"{method} {address.path}"
                answer.close()
    assert looks > 20
    assert everything(town.database()) == before
    assert files(town) == kept


def test_a_look_at_a_stream_leaves_nobody_waiting(town):
    client = town.shop.app.test_client()
    for method in ("GET", "HEAD"):
        client.open(f"/portal/wo/{town.token}/live", method=method).close()
    assert len(town.shop.app.extensions["viewers"]) == 0


def test_a_preview_of_a_one_time_link_does_not_spend_it(town):
    path, previewer = f"/staff/sign-in/{town.sign_in_token}", town.shop.app.test_client()
    for agent in PREVIEWERS:
        assert previewer.get(path, headers={"User-Agent": agent}).status_code == 200
    client = town.shop.app.test_client()
    form = {"csrf_token": csrf_of(client.get(path).text)}
    assert client.post(path, data=form).location == "/staff/"
