"""Many requests in the same instant: all sent but for their last byte, then that, then all answers read."""

import selectors
import socket
from urllib.parse import urlsplit


def storm(url: str, body: bytes, headers: dict[str, str], count: int) -> list[int]:
    """The status of each of `count` equal POSTs; 0 where the connection was cut."""
    place = urlsplit(url)
    said = {"Host": place.netloc, "Content-Length": str(len(body)), "Connection": "close"} | headers
    head = f"POST {place.path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in said.items())
    whole = head.encode() + b"\r\n" + body
    clients = [socket.create_connection((place.hostname, place.port), timeout=30) for _client in range(count)]
    for client in clients:
        client.sendall(whole[:-1])
    for client in clients:
        client.sendall(whole[-1:])
    return [status_of(answer) for answer in answers(clients)]


def answers(clients: list[socket.socket]) -> list[bytes]:
    """What each client is told until its connection ends."""
    heard = dict.fromkeys(clients, b"")
    with selectors.DefaultSelector() as waiting:
        for client in clients:
            waiting.register(client, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(30)
            assert ready, "a client waited half a minute for an answer"
            for key, _events in ready:
                piece = key.fileobj.recv(65536)
                heard[key.fileobj] += piece
                if not piece:
                    waiting.unregister(key.fileobj)
                    key.fileobj.close()
    return list(heard.values())


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0
