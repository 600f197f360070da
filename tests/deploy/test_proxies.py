"""The examples in deploy/, before the real server: what nginx and Caddy pass on, and what they write down.

The shipped files are used, in plain HTTP on loopback: names of ports, certificates and logs are substituted, no more.
"""

import contextlib
import getpass
import http.client
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from models import Message, db
from portal.db import look_again, writing
from portal.domain import staff as people
from portal.domain import timeline, work_orders
from tests.conftest import ROOT, RunningServer, free_port, wait_for
from tests.factories import Shop, csrf_of
from tests.streams import Listener

NAME = "jobs.example.com"
HOST = {"Host": NAME}


def replaced(text: str, **changes: str) -> str:
    """`text` with every one of the pairs in `changes` substituted; each must be there."""
    for old, new in changes.values():
        assert old in text, f"not in the shipped file any more: {old}"
        text = text.replace(old, new)
    return text


def nginx(folder: Path, port: int, backend: int) -> list[str]:
    shipped = (ROOT / "deploy" / "nginx.conf").read_text()
    site = replaced(
        shipped,
        plain=("    listen 80;\n    listen [::]:80;\n", f"    listen 127.0.0.1:{free_port()};\n"),
        tls=("    listen 443 ssl http2;\n    listen [::]:443 ssl http2;\n", f"    listen 127.0.0.1:{port};\n"),
        certificate=("    ssl_certificate ", "    # "),
        key=("    ssl_certificate_key ", "    # "),
        logs=("/var/log/nginx/", f"{folder}/"),
        backend=("127.0.0.1:8000", f"127.0.0.1:{backend}"),
    )
    kept = "".join(
        f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = f"user {getpass.getuser()};" if os.getuid() == 0 else ""
    (folder / "site.conf").write_text(site)
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/start.log; events {{}}\n"
        f"http {{ {kept} include {folder}/site.conf; }}\n"
    )
    return ["nginx", "-e", f"{folder}/start.log", "-c", f"{folder}/nginx.conf"]


def caddy(folder: Path, port: int, backend: int) -> list[str]:
    shipped = (ROOT / "deploy" / "Caddyfile").read_text()
    head, _brace, rest = shipped.partition("\n{\n")
    text = replaced(
        f"{head}\n{{\n\tadmin off\n{rest}",
        errors=("\n\tlog {\n\t\tformat", f"\n\tlog {{\n\t\toutput file {folder}/caddy.log\n\t\tformat"),
        site=(f"\n{NAME} {{", f"\nhttp://{NAME}:{port} {{\n\tbind 127.0.0.1"),
        backend=("127.0.0.1:8000", f"127.0.0.1:{backend}"),
    )
    (folder / "Caddyfile").write_text(text)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", f"{folder}/Caddyfile"]


class Proxied:
    """A proxy in front of the real server, its shop, and what the proxy has written down."""

    def __init__(self, make, folder: Path, server: RunningServer, shop: Shop, port: int):
        self.folder, self.server, self.shop, self.port = folder, server, shop, port
        self.url = f"http://127.0.0.1:{port}"
        command = make(folder, port, int(server.url.rpartition(":")[2]))
        with (folder / "output.log").open("wb") as output:
            kept = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
            self.process = subprocess.Popen(command, env=os.environ | kept, stdout=output, stderr=output)
        wait_for(self.is_open, "the proxy to listen", within_s=20)

    def is_open(self) -> bool:
        assert self.process.poll() is None, self.written()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(self.url + path, headers=HOST | headers, timeout=20, allow_redirects=False)

    def written(self) -> str:
        return "".join(path.read_text(errors="replace") for path in self.folder.glob("*.log"))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(params=["nginx", "caddy"])
def proxied(request, data_dir, tmp_path):
    make = {"nginx": nginx, "caddy": caddy}[request.param]
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed (apt-get install {request.param})")
    folder = tmp_path / "proxy"
    folder.mkdir()
    server = RunningServer(data_dir, free_port(), PUBLIC_BASE_URL=f"http://{NAME}", TRUSTED_PROXIES="127.0.0.1")
    app, proxy = server.app(), None
    with app.app_context():
        try:
            proxy = Proxied(make, folder, server, Shop(app), free_port())
            yield proxy
        finally:
            if proxy:
                proxy.stop()
            if server.process.poll() is None:
                server.kill()
            db.session.remove()
            db.engine.dispose()


def test_a_page_passes(proxied):
    path = proxied.shop.path(proxied.shop.work_order())
    answer = proxied.get(path)
    assert answer.status_code == 200
    assert "Kitchen tap" in answer.text
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_an_open_page_hears_at_once(proxied):
    shop = proxied.shop
    job = shop.work_order()
    headers = HOST | {"Accept-Encoding": "gzip", "Accept": "text/event-stream"}
    with Listener(proxied.url + shop.path(job), **headers) as page:
        page.next("version")
        for verb in (work_orders.set_off, work_orders.start):
            shop.do(verb, job)
            assert page.hears(timeline.version("wo", job.id))
        proxied.server.process.terminate()
        assert page.next("bye") == "1"
        assert page.has_ended()


def test_what_a_caller_says_of_where_it_calls_from_is_replaced(proxied):
    job = proxied.shop.work_order()
    path = proxied.shop.path(job)
    caller = http.client.HTTPConnection("127.0.0.1", proxied.port, timeout=20, source_address=("127.0.0.2", 0))
    headers = HOST | {"X-Forwarded-For": "198.51.100.66", "Content-Type": "application/x-www-form-urlencoded"}
    caller.request("POST", f"{path}/help", body="about=visit&message=Please+call.", headers=headers)
    answer = caller.getresponse()
    assert (answer.status, answer.getheader("Location")) == (303, f"{path}/help?sent=1")
    caller.close()
    look_again()
    assert db.session.scalars(select(Message.address)).all() == ["127.0.0.2"]


def test_no_log_holds_a_token_whatever_happens(proxied):
    shop = proxied.shop
    path = shop.path(shop.work_order())
    with writing():
        sign_in = f"/staff/sign-in/{people.sign_in_link(shop.dana)}"
    secrets = [path.rpartition("/")[2], sign_in.rpartition("/")[2]]
    session = requests.Session()
    session.headers.update(HOST)

    proxied.get(path, Referer=f"http://{NAME}{path}")
    proxied.get(f"{path}/help?a={secrets[0]}")
    form = {"about": "visit", "message": "Please call."}
    sent = session.post(f"{proxied.url}{path}/help", data=form, allow_redirects=False, timeout=20)
    assert secrets[0] in sent.headers["Location"]
    csrf = csrf_of(session.get(proxied.url + sign_in, timeout=20).text)
    session.post(proxied.url + sign_in, data={"csrf_token": csrf}, allow_redirects=False, timeout=20)
    again = session.post(proxied.url + sign_in, data={"csrf_token": csrf}, allow_redirects=False, timeout=20)
    assert again.status_code in (303, 400)
    odd = [path.replace("/", "%2F"), path.upper(), f"/{path}", f"/jobs{path}", f"/old/{secrets[0]}", f"{path}/../x"]
    for address in [*odd, *(f"/%70ortal{path[7:]}", f"/staff/{sign_in[1:]}")]:
        ask_raw(proxied.port, f"GET {address} HTTP/1.1")
    for line in (f"GET {path} HTTP/9.9", f"NONSENSE{path}", f"GET {path}/{'a' * 40_000} HTTP/1.1"):
        ask_raw(proxied.port, line)
    big = requests.post(f"{proxied.url}{path}/help", data=b"a" * 32_000_000, headers=HOST, timeout=20)
    assert big.status_code == 413
    with Listener(proxied.url + path, **HOST) as page:
        page.next("version")
        proxied.server.kill()
        with contextlib.suppress(requests.RequestException):
            list(page.lines)
    assert proxied.get(path, Referer=f"http://{NAME}{path}").status_code == 502
    assert proxied.get(sign_in).status_code == 502

    wait_for(lambda: "/staff/sign-in/[token]" in proxied.written(), "the log")
    proxied.stop()
    written = proxied.written()
    assert "/portal/wo/[token]" in written
    assert "502" in written
    leaks = [line for line in written.splitlines() for secret in secrets if secret.lower() in line.lower()]
    assert leaks == []
    assert not any(secret in line for line in proxied.server.lines for secret in secrets)


def ask_raw(port: int, line: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        try:
            client.sendall(f"{line}\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
            return client.recv(65536)
        except ConnectionError:
            return b""
