"""How the server ends: it says so, finishes what it has begun, and not later than it promised."""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from socket import socket
from types import FrameType

import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from portfolio.settings import Settings
from portfolio.watching.metric_files import folder_of_metrics

log = structlog.get_logger()
SIGNALS = (signal.SIGTERM, signal.SIGINT)
# A terminal and a service manager signal every process, and the first of them its workers too: what
# comes this close after a signal is the same one.
SAME_SIGNAL_SECONDS = 2.0
# After the limit: for saying goodbye to the database and the collector of traces.
LAST_SECONDS = 5.0


class Stop:
    """The end of this process, from the first signal on."""

    def __init__(self, settings: Settings) -> None:
        self._delay = settings.stop_delay_seconds
        self._limit = settings.stop_seconds
        self._began: float | None = None

    @property
    def is_coming(self) -> bool:
        return self._began is not None

    def take_over(self) -> None:
        """Answer signals in uvicorn's place, if this is a server's main thread."""
        if threading.current_thread() is not threading.main_thread():
            return
        server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
        if not isinstance(server, uvicorn.Server):
            return
        self._server = server
        for number in SIGNALS:
            signal.signal(number, self._signalled)
        if multiprocessing.parent_process() is not None:
            _stop_with_parent()

    def _signalled(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        if self._began is None:
            self._began = now
            # Not uvicorn's own way, which raises the signal again at the end: that looks like a
            # crash. In threads, since a signal may come while this one writes a line of the log.
            _later(self._delay, self._stop)
            _later(self._delay + self._limit + LAST_SECONDS, self._end)
        elif now - self._began > SAME_SIGNAL_SECONDS:
            os._exit(1)

    def _stop(self) -> None:
        log.info("stopping", seconds=self._limit)
        self._server.should_exit = True

    def _end(self) -> None:
        # A thread can't be stopped. The database undoes what was not committed, and the kernel
        # ends caged processes with this one.
        log.warning("ended before everything was finished")
        os._exit(1)


def _later(seconds: float, call: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()


def _stop_with_parent() -> None:
    """A worker whose supervisor was killed would keep the port, and nobody would know of it."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


class Workers(Multiprocess):
    """uvicorn's supervisor of several processes, that ends no later than they promise to."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket], settings: Settings) -> None:
        super().__init__(config, sockets)
        self._seconds = settings.stop_delay_seconds + settings.stop_seconds + 2 * LAST_SECONDS
        self._was_asked = False
        self._killed = False

    @property
    def exit_code(self) -> int:
        """0 if it was told to stop and everything was finished."""
        return 0 if self._was_asked and not self._killed else 1

    def handle_term(self) -> None:
        self._was_asked = True
        super().handle_term()

    def handle_int(self) -> None:
        self._was_asked = True
        super().handle_int()

    def keep_subprocess_alive(self) -> None:
        for one in self.processes:
            # The worker has its own. With this one open too nobody hears that it died, and it
            # would be waited for as long as for one that hangs.
            one.child_conn.close()
        super().keep_subprocess_alive()

    def join_all(self) -> None:
        began = time.monotonic()
        self.signal_queue.clear()
        while any(one.process.is_alive() for one in self.processes):
            waited = time.monotonic() - began
            if waited < SAME_SIGNAL_SECONDS:
                self.signal_queue.clear()
            if self.signal_queue or waited > self._seconds:
                self._kill_all()
            time.sleep(0.05)
        # A worker that was told before it could listen has not begun anything.
        clean = (0, -signal.SIGTERM)
        self._killed = self._killed or any(one.exitcode not in clean for one in self.processes)
        super().join_all()

    def _kill_all(self) -> None:
        self._killed = True
        for one in self.processes:
            one.kill()


def run(config: uvicorn.Config, settings: Settings) -> int:
    """Serve until a signal; returns the exit code.

    With several processes, what they count comes together in a folder that is gone afterwards.
    """
    if config.workers == 1:
        server = uvicorn.Server(config)
        server.run()
        return 0 if server.started else STARTUP_FAILURE
    with folder_of_metrics() as folder:
        # Workers are new programs: they import the library of metrics with this set.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        workers = Workers(config, [config.bind_socket()], settings)
        workers.run()
        return workers.exit_code
