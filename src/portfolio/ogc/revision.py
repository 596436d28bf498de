"""How far the database has come: every change leaves an event, and the chain ends in its hash.

What is kept in memory is right as long as this hash is the same. Asking costs one row.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from portfolio.database.base import table
from portfolio.database.engine import is_in_process
from portfolio.database.failures import AWAY
from portfolio.errors import Unavailable
from portfolio.events.models import EventChain

# A database that does not answer must not hold every request for ever.
LONGEST_WAIT_SECONDS = 15.0


class Revisions:
    """Asks for the hash of the last event, for many requests at once where asking takes time.

    Whoever asks gets a hash that was read after the question: what was committed before a
    request came is in its answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._query = str(sa.select(table(EventChain).c.last_hash))
        self._connection: Any = None
        self._waiting: list[asyncio.Future[str]] = []
        self._asking: asyncio.Task[None] | None = None
        # A thread of its own: a connection that is kept belongs to one thread at a time.
        self._thread = ThreadPoolExecutor(1, "revision")

    async def current(self) -> str:
        if is_in_process(self._engine):
            return self._ask()
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_for_all())
        try:
            return await asyncio.wait_for(answer, LONGEST_WAIT_SECONDS)
        except TimeoutError:
            raise Unavailable(AWAY.sv, AWAY.en) from None

    async def _ask_for_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            try:
                found = await loop.run_in_executor(self._thread, self._ask)
            except Exception as error:
                for one in waiting:
                    if not one.done():
                        one.set_exception(error)
            else:
                for one in waiting:
                    if not one.done():
                        one.set_result(found)

    def _ask(self) -> str:
        if is_in_process(self._engine):
            # Taken from the pool each time, which sees whether the file is still the same.
            with closing(self._engine.raw_connection()) as connection:
                return self._read(connection)
        try:
            return self._read(self._kept())
        except self._engine.dialect.loaded_dbapi.Error:
            # The server was restarted since; a second failure is the caller's.
            self.close()
            return self._read(self._kept())

    def _kept(self) -> Any:
        if self._connection is None:
            connection = self._engine.raw_connection()
            driver: Any = connection.driver_connection
            driver.autocommit = True
            self._connection = connection
        return self._connection

    def _read(self, connection: Any) -> str:
        row = connection.driver_connection.execute(self._query).fetchone()
        return "" if row is None else str(row[0])

    def shut_down(self) -> None:
        """Ask no more."""
        self.close()
        self._thread.shutdown(wait=False)

    def close(self) -> None:
        """Give the connection back; the next question opens another."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.invalidate()
