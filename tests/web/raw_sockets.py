"""Requests sent as they are, a byte at a time if need be."""

import json
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from portfolio.web.edge import SECURITY_HEADERS


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The problem, which bears everything that every answer bears."""
        assert self.headers["content-type"] == "application/problem+json"
        assert self.headers["x-request-id"]
        for name in SECURITY_HEADERS:
            assert name.lower() in self.headers, name
        found: dict[str, Any] = json.loads(self.body)
        assert found["status"] == self.status
        assert found["title"]
        assert found["detail"]
        return found


def connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)


def read_answer(connection: socket.socket) -> Answer:
    """The first answer, as far as its Content-Length says."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    pairs = [line.split(": ", 1) for line in lines]
    headers = {name.lower(): value for name, value in pairs}
    assert len(headers) == len(pairs), "each header once"
    while len(body) < int(headers["content-length"]):
        body += _more(connection)
    return Answer(int(status.split()[1]), headers, body)


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    assert received, "the connection was closed in the middle of an answer"
    return received


def send(url: str, request: bytes) -> Answer:
    with closing(connect(url)) as connection:
        connection.sendall(request)
        return read_answer(connection)


def is_closed(connection: socket.socket) -> bool:
    """Whether the server has ended it, within the time that the socket waits."""
    try:
        return connection.recv(65536) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
