"""What the shop's machine says, and what a start makes of it."""

import json
import stat
import threading

import pytest

from portal import settings
from portal.settings import BadSetting, read

KEY = "k" * 32


@pytest.fixture
def environ(tmp_path) -> dict[str, str]:
    return {"DATA_DIR": str(tmp_path / "data")}


def test_a_shop_that_says_nothing_is_open_on_this_machine_only(environ):
    chosen = read(environ)
    assert (chosen.host, chosen.port, chosen.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert (chosen.streams_total, chosen.streams_per_link, chosen.streams_per_address) == (10_000, 20, 200)
    assert chosen.is_loopback_only
    assert not chosen.is_https


def test_everything_lies_in_the_data_folder(environ, tmp_path):
    chosen = read(environ)
    assert chosen.data_dir == tmp_path / "data"
    assert {path.name for path in chosen.data_dir.iterdir()} == {"secret-key", "link-keys.json"}
    assert chosen.database_path.parent == chosen.files_dir.parent == chosen.data_dir


def test_nobody_else_on_the_machine_reads_the_folder_or_its_keys(environ):
    folder = read(environ).data_dir
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_the_keys_are_made_once_and_kept(environ):
    first, second = read(environ), read(environ)
    assert (first.secret_key, first.link_keys) == (second.secret_key, second.link_keys)
    assert len(first.secret_key) >= 32
    assert [len(key) for key in first.link_keys.values()] == [32]


def test_two_shops_have_different_keys(tmp_path):
    one, other = (read({"DATA_DIR": str(tmp_path / name)}) for name in ("one", "other"))
    assert one.secret_key != other.secret_key
    assert set(one.link_keys.values()).isdisjoint(other.link_keys.values())


def test_two_starts_at_once_agree_on_one_key(tmp_path):
    file, gate, kept = tmp_path / "secret-key", threading.Barrier(8), []

    def start(number: int) -> None:
        gate.wait()
        kept.append(settings.kept(file, lambda: f"made by {number}"))

    starts = [threading.Thread(target=start, args=[number]) for number in range(8)]
    for thread in starts:
        thread.start()
    for thread in starts:
        thread.join()
    assert len(kept) == 8
    assert set(kept) == {file.read_text()}
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_a_given_secret_key_is_taken_and_not_written_down(environ):
    chosen = read(environ | {"SECRET_KEY": KEY})
    assert chosen.secret_key == KEY
    assert not (chosen.data_dir / "secret-key").exists()


def test_the_newest_link_key_is_the_last_one(environ):
    folder = read(environ).data_dir
    (folder / "link-keys.json").write_text(json.dumps({"1": "aa" * 32, "2": "bb" * 32}))
    assert list(read(environ).link_keys.items()) == [("1", b"\xaa" * 32), ("2", b"\xbb" * 32)]


def test_a_newer_link_key_makes_no_other_shop(environ):
    before = read(environ)
    kept = {key_id: key.hex() for key_id, key in before.link_keys.items()}
    (before.data_dir / "link-keys.json").write_text(json.dumps(kept | {"2": "bb" * 32}))
    after = read(environ)
    assert len(after.link_keys) == 2
    assert after.shop_id == before.shop_id


@pytest.mark.parametrize(
    ("given", "base_url"),
    [
        ({"PORT": "9000"}, "http://127.0.0.1:9000"),
        ({"HOST": "0.0.0.0"}, "http://127.0.0.1:8000"),
        ({"HOST": "::"}, "http://127.0.0.1:8000"),
        ({"HOST": "::1"}, "http://[::1]:8000"),
        ({"HOST": "192.168.1.7"}, "http://192.168.1.7:8000"),
        ({"PUBLIC_BASE_URL": "https://jobs.example.com"}, "https://jobs.example.com"),
        ({"PUBLIC_BASE_URL": "https://jobs.example.com/"}, "https://jobs.example.com"),
        ({"PUBLIC_BASE_URL": "HTTPS://Jobs.Example.com"}, "https://jobs.example.com"),
        ({"PUBLIC_BASE_URL": "http://[2001:db8::7]:8080"}, "http://[2001:db8::7]:8080"),
        ({"PUBLIC_BASE_URL": "http://jobs.example.com:8080"}, "http://jobs.example.com:8080"),
    ],
)
def test_share_links_begin_with_the_address_that_customers_reach(environ, given, base_url):
    assert read(environ | given).base_url == base_url


@pytest.mark.parametrize(
    ("base_url", "is_loopback_only", "is_https"),
    [
        ("https://jobs.example.com", False, True),
        ("http://jobs.example.com", False, False),
        ("http://localhost:8000", True, False),
        ("http://[::1]:8000", True, False),
    ],
)
def test_it_knows_whether_a_link_opens_elsewhere_and_travels_safely(environ, base_url, is_loopback_only, is_https):
    chosen = read(environ | {"PUBLIC_BASE_URL": base_url})
    assert (chosen.is_loopback_only, chosen.is_https) == (is_loopback_only, is_https)


def test_an_empty_setting_is_one_that_was_left_out(environ):
    names = "HOST PORT PUBLIC_BASE_URL SECRET_KEY STREAMS_TOTAL STREAMS_PER_LINK STREAMS_PER_ADDRESS".split()
    assert read(environ | dict.fromkeys(names, "")) == read(environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "80 80"),
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "８０００"),
        ("STREAMS_TOTAL", "0"),
        ("STREAMS_TOTAL", "many"),
        ("STREAMS_PER_LINK", "1.5"),
        ("STREAMS_PER_ADDRESS", "10000000"),
        ("PUBLIC_BASE_URL", "jobs.example.com"),
        ("PUBLIC_BASE_URL", "ftp://jobs.example.com"),
        ("PUBLIC_BASE_URL", "https://"),
        ("PUBLIC_BASE_URL", "https://jobs.example.com/portal"),
        ("PUBLIC_BASE_URL", "https://jobs.example.com?a=1"),
        ("PUBLIC_BASE_URL", "https://jobs.example.com#x"),
        ("PUBLIC_BASE_URL", "https://jobs.example.com:99999"),
        ("PUBLIC_BASE_URL", "https://[half"),
        ("PUBLIC_BASE_URL", "https://user:word@jobs.example.com"),
        ("PUBLIC_BASE_URL", "https://jobs example.com"),
        ("SECRET_KEY", "too short"),
    ],
)
def test_a_bad_value_stops_the_start_and_names_itself(environ, name, value):
    with pytest.raises(BadSetting, match=name):
        read(environ | {name: value})


def test_a_bad_secret_key_is_not_repeated(environ):
    with pytest.raises(BadSetting) as refused:
        read(environ | {"SECRET_KEY": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSetting, match="DATA_DIR.*file/data"):
        read({"DATA_DIR": str(tmp_path / "file" / "data")})


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json", '{"1": "zz"}', '{"1": 5}', json.dumps({"1": "aa" * 31})])
def test_a_spoiled_key_file_stops_the_start_and_is_named(environ, text):
    file = read(environ).data_dir / "link-keys.json"
    file.write_text(text)
    with pytest.raises(BadSetting, match="link-keys.json"):
        read(environ)
    assert file.read_text() == text


# --- mail -----------------------------------------------------------------------------------------------------------

MAIL = {"SMTP_URL": "smtp://mail.example.com", "MAIL_FROM": "office@shop.example"}


def test_without_a_mail_server_no_mail_is_sent(environ):
    assert not read(environ).sends_mail
    assert not read(environ | {"SMTP_URL": "", "MAIL_FROM": "office@shop.example"}).sends_mail
    assert read(environ | MAIL).sends_mail


@pytest.mark.parametrize(
    ("url", "host", "port", "is_tls", "must_encrypt"),
    [
        ("smtp://mail.example.com", "mail.example.com", 587, False, True),
        ("smtps://mail.example.com", "mail.example.com", 465, True, False),
        ("smtps://mail.example.com:8465/", "mail.example.com", 8465, True, False),
        ("smtp://mailpit:1025", "mailpit", 1025, False, False),
        ("smtp://user:word@mailpit:1025", "mailpit", 1025, False, True),
        ("smtp://user:word@127.0.0.1:1025", "127.0.0.1", 1025, False, False),
        ("smtp://user:word@[::1]:25", "::1", 25, False, False),
        ("smtp://localhost", "localhost", 587, False, False),
        ("smtp://user:word@localhost.example.com:25", "localhost.example.com", 25, False, True),
    ],
)
def test_no_password_travels_in_the_clear(environ, url, host, port, is_tls, must_encrypt):
    server = read(environ | MAIL | {"SMTP_URL": url}).mail
    assert (server.host, server.port, server.is_tls, server.must_encrypt) == (host, port, is_tls, must_encrypt)


def test_a_user_and_password_may_hold_any_sign(environ):
    server = read(
        environ | MAIL | {"SMTP_URL": "smtps://office%40shop.example:p%40s%3As%2F%23%25@mail.example.com"}
    ).mail
    assert (server.user, server.password) == ("office@shop.example", "p@s:s/#%")
    assert "p@s" not in repr(server)


@pytest.mark.parametrize(
    ("given", "sender", "name"),
    [
        ("office@shop.example", "office@shop.example", ""),
        ("Brightwater Plumbing <office@shop.example>", "office@shop.example", "Brightwater Plumbing"),
        ('"Hartley, Inc." <o.h+mail@shop.example>', "o.h+mail@shop.example", "Hartley, Inc."),
        ("<office@shop.example>", "office@shop.example", ""),
    ],
)
def test_mail_comes_from_an_address_that_may_have_a_name(environ, given, sender, name):
    server = read(environ | MAIL | {"MAIL_FROM": given}).mail
    assert (server.sender, server.sender_name) == (sender, name)


def test_who_signs_in_with_an_address_need_not_repeat_it(environ):
    url = "smtps://office%40shop.example:word@mail.example.com"
    assert read(environ | {"SMTP_URL": url}).mail.sender == "office@shop.example"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "mail.example.com"),
        ("SMTP_URL", "http://mail.example.com"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://user@mail.example.com"),
        ("SMTP_URL", "smtp://:word@mail.example.com"),
        ("SMTP_URL", "smtp://user:hunter2#3@mail.example.com"),
        ("SMTP_URL", "smtp://user:hunter2/3@mail.example.com"),
        ("SMTP_URL", "smtp://user:hunter2%0a@mail.example.com"),
        ("SMTP_URL", "smtp://user:hunter2%ff@mail.example.com"),
        ("SMTP_URL", "smtp://mail.example.com:0"),
        ("SMTP_URL", "smtp://mail.example.com:99999"),
        ("SMTP_URL", "smtp://mail.example.com/inbox"),
        ("SMTP_URL", "smtp://mail.example.com?tls=no"),
        ("SMTP_URL", "smtp://mail..example.com"),
        ("SMTP_URL", "smtp://[half"),
        ("MAIL_FROM", ""),
        ("MAIL_FROM", "office"),
        ("MAIL_FROM", "office@shop.example\r\nBcc: all@shop.example"),
        ("MAIL_FROM", "Shop\n<office@shop.example>"),
        ("MAIL_FROM", "a@shop.example, b@shop.example"),
        ("MAIL_FROM", "zoë@shop.example"),
    ],
)
def test_a_bad_mail_setting_stops_the_start_and_names_itself_but_no_password(environ, name, value):
    with pytest.raises(BadSetting, match=name) as refused:
        read(environ | MAIL | {name: value})
    assert "hunter2" not in str(refused.value)


# --- Stripe -----------------------------------------------------------------------------------------------------------

STRIPE = {"STRIPE_SECRET_KEY": "sk_test_abcdef123", "STRIPE_WEBHOOK_SECRET": "whsec_abcdef123"}


def test_a_shop_without_a_key_takes_no_payments_online(environ):
    assert read(environ).stripe is None


def test_a_shop_with_a_key_does(environ):
    keys = read(environ | STRIPE).stripe
    assert (keys.secret_key, keys.webhook_secrets) == ("sk_test_abcdef123", ("whsec_abcdef123",))
    assert (keys.is_live, keys.page_origin) == (False, "https://checkout.stripe.com")


@pytest.mark.parametrize(
    ("key", "is_live"), [("sk_live_abc123", True), ("rk_live_abc123", True), ("rk_test_abc123", False)]
)
def test_the_key_says_whether_the_money_is_real(environ, key, is_live):
    assert read(environ | {"STRIPE_SECRET_KEY": key}).stripe.is_live is is_live


def test_two_webhook_secrets_count_while_one_replaces_the_other(environ):
    both = read(environ | STRIPE | {"STRIPE_WEBHOOK_SECRET": " whsec_new1234, whsec_old1234 "}).stripe
    assert both.webhook_secrets == ("whsec_new1234", "whsec_old1234")


def test_a_stand_in_for_stripe_is_on_this_machine(environ):
    keys = read(environ | STRIPE | {"STRIPE_API_BASE": "http://127.0.0.1:12111/"}).stripe
    assert keys.api_base == keys.page_origin == "http://127.0.0.1:12111"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STRIPE_SECRET_KEY", "pk_test_abcdef123"),
        ("STRIPE_SECRET_KEY", "sk_test_"),
        ("STRIPE_SECRET_KEY", "sk_test_abc def"),
        ("STRIPE_SECRET_KEY", "sk_test_abcdef\nX: y"),
        ("STRIPE_SECRET_KEY", ""),
        ("STRIPE_WEBHOOK_SECRET", "abcdef123456"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_abcdef123,we_123456"),
        ("STRIPE_API_BASE", "https://api.stripe.com.evil.example"),
        ("STRIPE_API_BASE", "http://127.0.0.1.evil.example"),
        ("STRIPE_API_BASE", "http://user@127.0.0.1"),
        ("STRIPE_API_BASE", "http://127.0.0.1:99999"),
    ],
)
def test_a_bad_stripe_setting_names_itself_and_tells_nothing_secret(environ, name, value):
    with pytest.raises(BadSetting, match=f"^{name}: ") as refusal:
        read(environ | STRIPE | {name: value})
    assert not any(secret in str(refusal.value) for secret in ("abcdef123", "abc def"))


def test_a_live_key_never_leaves_for_a_stand_in(environ):
    with pytest.raises(BadSetting, match="STRIPE_API_BASE"):
        read(environ | {"STRIPE_SECRET_KEY": "sk_live_abcdef123", "STRIPE_API_BASE": "http://127.0.0.1:1"})


def test_what_is_secret_at_stripe_is_not_in_the_words_for_settings(environ):
    assert "abcdef123" not in repr(read(environ | STRIPE))
