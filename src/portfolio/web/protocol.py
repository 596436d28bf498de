"""uvicorn's HTTP protocol with what it lacks: patience that ends, and answers that explain.

uvicorn waits for ever for the rest of a request's head, and for a client that does not read its
answer; it has no bound on the size of a head that never ends; and it answers by itself in plain
text. A body that comes slowly is the concern of `doors`, where the application waits for it.
"""

import asyncio
import uuid
from collections import defaultdict
from typing import cast
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from portfolio.errors import InvalidParameter
from portfolio.web.client_address import is_among, is_loopback, network_of
from portfolio.web.doors import (
    CROWDED,
    LONGEST_HEADERS,
    LONGEST_URL,
    headers_too_large,
    url_too_long,
)
from portfolio.web.edge import SECURITY_HEADERS, raw_headers
from portfolio.web.problems import respond_to_error, too_slow

# By whose they are, where that is known; all others together.
Crowds = defaultdict[str | None, "set[BoundedProtocol]"]
_crowds: WeakKeyDictionary[ServerState, Crowds] = WeakKeyDictionary()


class BoundedProtocol(HttpToolsProtocol):
    """`limit_concurrency` of the configuration is how many connections a process answers.

    Those above it are told so (503), so that they know; from the double on they are dropped. The
    same holds for those of one address and its share, but for proxies and this very machine, where
    many clients may stand behind one address. A connection at rest gives way to a new one.
    """

    # How many addresses it takes to have all connections.
    addresses_at_least = 4
    exempts_loopback = True

    # A head that has begun must be whole by then; so must a body that nobody waits for any more.
    head_seconds = 10.0
    # In each such time a client must have taken at least this part of what waits for it.
    write_seconds = 30.0
    write_bytes_per_second = 1024
    looks_every = 1.0

    # uvicorn hands `connection_made` over before anything else is called.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        most = self.config.limit_concurrency
        # It would answer in plain text; `doors` does it from the mark below.
        self.limit_concurrency = None
        self._network = self._counted_network()
        self._is_one_too_many = False
        self._head_is_open = True
        self._unfinished_bytes = 0
        # Since when something of a request is there, or awaited, that nobody is answering yet.
        self._since: float | None = self.loop.time()
        self._unread, self._unread_since = 0, self.loop.time()
        self._looking = self.loop.call_later(self.looks_every, self._look)
        if most is not None:
            self._judge_crowd(most)

    def _judge_crowd(self, most: int) -> None:
        everybody = cast("set[BoundedProtocol]", self.connections)
        own = self._neighbours()
        own.add(self)
        share = most if self._network is None else max(1, most // self.addresses_at_least)
        for crowd, bound in ((own, share), (everybody, most)):
            if len(crowd) > bound and not _end_one_at_rest(crowd):
                self._is_one_too_many = True
            if len(crowd) > 2 * bound:
                self.transport.abort()

    def _counted_network(self) -> str | None:
        """Whose connection it is, if there is one client there and not many."""
        if self.client is None:
            return None
        if self.exempts_loopback and is_loopback(self.client[0]):
            return None
        # Those of the settings; uvicorn itself has no use for them.
        proxies = tuple(self.config.forwarded_allow_ips)
        return None if is_among(self.client[0], proxies) else network_of({"client": self.client})

    def _neighbours(self) -> "set[BoundedProtocol]":
        """The connections of the same client."""
        crowds = _crowds.setdefault(self.server_state, defaultdict(set))
        return crowds[self._network]

    def _leave(self) -> None:
        """Not only when the loop comes round to it: the next one to come counts at once."""
        self.connections.discard(self)
        neighbours = self._neighbours()
        neighbours.discard(self)
        if not neighbours:
            del _crowds[self.server_state][self._network]

    def is_at_rest(self) -> bool:
        """Everything that was asked is answered and taken, and nothing more has begun."""
        rests = self._since is None and self._is_free()
        return rests and not self.transport.get_write_buffer_size()

    def end(self) -> None:
        self.transport.close()
        self._leave()

    def connection_lost(self, exc: Exception | None) -> None:
        self._looking.cancel()
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._since is None:
            self._since, self._head_is_open = self.loop.time(), True
        was_open = self._head_is_open
        super().data_received(data)
        if was_open and self._head_is_open:
            self._unfinished_bytes += len(data)
            if self._unfinished_bytes > LONGEST_URL + LONGEST_HEADERS:
                long = self._has_long_url()
                self._refuse((url_too_long if long else headers_too_large)(_nobody()))

    def resume_writing(self) -> None:
        super().resume_writing()
        # Nearly all was taken; more may be written at once, and look as if nothing was.
        self._unread = 0

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._since, self._head_is_open = self.loop.time(), True
        self._unfinished_bytes = 0
        if self._is_one_too_many:
            self.scope[CROWDED] = True  # type: ignore[literal-required]  # an extension of ours

    def on_headers_complete(self) -> None:
        self._head_is_open = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._since = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self._since is not None:
            # What is still to come of this request, or of the next, gets its time from now.
            self._since = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        fault = InvalidParameter(
            "Det som skickades är inte giltig HTTP/1.1; använd ett vanligt klientbibliotek.",
            "What was sent is not valid HTTP/1.1; use an ordinary client library.",
        )
        # uvicorn can't take apart an address of more than 64 KB.
        long = self._has_long_url()
        self._refuse(url_too_long(_nobody()) if long else respond_to_error(_nobody(), fault))

    def _unsupported_upgrade_warning(self) -> None:
        """Who asks for WebSocket or HTTP/2 is answered in HTTP/1.1, which needs no log line."""

    def _look(self) -> None:
        self._looking = self.loop.call_later(self.looks_every, self._look)
        now = self.loop.time()
        if self._does_not_read(now):
            self.transport.abort()
        elif self._since is not None and self._is_free() and now - self._since > self.head_seconds:
            if self._head_is_open and self._unfinished_bytes:
                self._refuse(respond_to_error(_nobody(), too_slow()))
            else:
                self.transport.close()

    def _has_long_url(self) -> bool:
        # Set when a message begins.
        return len(getattr(self, "url", b"")) > LONGEST_URL

    def _is_free(self) -> bool:
        """Nothing is being answered."""
        # uvicorn types it as if there always were one.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is None or cycle.response_complete

    def _does_not_read(self, now: float) -> bool:
        unread = self.transport.get_write_buffer_size()
        if not unread:
            self._unread = 0
            return False
        taken = self._unread - unread
        if not self._unread or taken > self.write_seconds * self.write_bytes_per_second:
            self._unread, self._unread_since = unread, now
            return False
        return now - self._unread_since > self.write_seconds

    def _refuse(self, response: Response) -> None:
        """Answers without the application, and ends the connection."""
        if self.transport.is_closing():
            return
        if self._is_free() or not self.cycle.response_started:
            added = SECURITY_HEADERS | {"Cache-Control": "no-store", "Connection": "close"}
            headers = [*response.raw_headers, *raw_headers(added)]
            headers.append((b"x-request-id", uuid.uuid4().hex.encode()))
            names = dict(headers)
            lines = [name + b": " + value + b"\r\n" for name, value in names.items()]
            status = STATUS_LINE[response.status_code]
            self.transport.write(b"".join([status, *lines, b"\r\n", bytes(response.body)]))
        self.transport.close()


def _end_one_at_rest(crowd: set[BoundedProtocol]) -> bool:
    """Whether there was one; it is closed, as it would be a little later."""
    resting = next((one for one in crowd if one.is_at_rest()), None)
    if resting is None:
        return False
    resting.end()
    return True


def _nobody() -> Request:
    """A request of which nothing is known: no language, no path."""
    return Request({"type": "http", "method": "GET", "path": "/", "headers": []})
