"""What a server process runs: the application behind its edge, and what lives beside it."""

import asyncio
import tempfile

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portfolio.app import create_app
from portfolio.settings import Settings, load_settings
from portfolio.watching import exposition, tracing
from portfolio.watching.logs import configure_logs
from portfolio.watching.sessions import watch_sessions
from portfolio.watching.stopping import Stop
from portfolio.web import openapi
from portfolio.web.edge import with_edge


def create() -> ASGIApp:
    """The factory that uvicorn calls in each process."""
    settings = load_settings()
    configure_logs(settings)
    # Python looks for a folder that has room when it is first asked for one; whoever was asked
    # while TMPDIR was full would go on to put what people send into another folder for good.
    tempfile.gettempdir()
    return Process(create_app(settings), settings)


class Process:
    """An application, with what is of its process: signals, samples, traces."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self._served = with_edge(app, settings)
        self._state = app.state
        self._settings = settings
        self._sampling: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._served(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            # Not earlier: what the application writes at its end is still seen.
            if message["type"] == "lifespan.shutdown.complete":
                await self._end()
            await send(message)

        self._begin()
        await self._served(scope, receive, sending)

    def _begin(self) -> None:
        self._state.stop = Stop(self._settings)
        self._state.stop.take_over()
        watch_sessions()
        if self._settings.otlp_endpoint:
            tracing.start(self._settings.otlp_endpoint, openapi.VERSION)
        self._sampling = asyncio.create_task(exposition.keep_sampling(self._state.engine))

    async def _end(self) -> None:
        if self._sampling is not None:
            self._sampling.cancel()
        await asyncio.to_thread(tracing.stop)
