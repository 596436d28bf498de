"""The log: one JSON object a line on stderr, with nothing in it that somebody sent.

Messages of exceptions quote values, and so do libraries that log what they do. So of an exception
the log has its type, where it happened, and its message only if it is known to hold no value; of
libraries it has warnings.
"""

import logging
import sys
import threading
from types import TracebackType
from typing import Any, TextIO

import structlog
from asgi_correlation_id import correlation_id
from structlog.types import EventDict, Processor, WrappedLogger

from portfolio.settings import Settings
from portfolio.watching import metrics
from portfolio.watching.masking import Masks, told

log = structlog.get_logger()
# These tell how a server or a migration starts and ends; others tell only what is wrong.
SPOKEN = ("uvicorn", "alembic")


class Lines:
    """Writes lines; a log that can't be written must not make a request fail."""

    def __init__(self, to: TextIO) -> None:
        self._to = to

    def write(self, text: str) -> int:
        try:
            return self._to.write(text)
        except (OSError, ValueError):
            metrics.log_lines_lost.inc()
            return 0

    def flush(self) -> None:
        try:
            self._to.flush()
        except (OSError, ValueError):
            metrics.log_lines_lost.inc()


def configure_logs(settings: Settings, to: TextIO | None = None) -> None:
    """One JSON object a line on stderr, uvicorn's own lines too, each with the request's id."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    lines = Lines(to or sys.stderr)
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
    ]
    last: list[Processor] = [
        _tell_exception,
        Masks.of(settings),
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(lines),  # type: ignore[arg-type]  # it needs no more of a file
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(lines)
    formatter = structlog.stdlib.ProcessorFormatter
    handler.setFormatter(
        formatter(foreign_pre_chain=shared, processors=[formatter.remove_processors_meta, *last])
    )
    _lead_libraries_here(handler, level)


def _lead_libraries_here(handler: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    root.handlers = [handler]
    # At a lower level SQLAlchemy logs rows, and the reader of forms what is in them.
    root.setLevel(max(level, logging.WARNING))
    for name in SPOKEN:
        logging.getLogger(name).setLevel(max(level, logging.INFO))
    logging.getLogger("portfolio").setLevel(level)
    # A line that can't be written would be printed, with its values.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread
    sys.unraisablehook = _log_unraisable


def _add_request_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    request_id = correlation_id.get()
    if request_id:
        event["request_id"] = request_id
    return event


def _tell_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    given: Any = event.pop("exc_info", None)
    if given:
        error = given[1] if isinstance(given, tuple) else given
        if not isinstance(error, BaseException):
            error = sys.exc_info()[1]
        if error is not None:
            event["exception"] = told(error)
    return event


def _log_uncaught(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    log.error("uncaught", exc_info=error)


def _log_uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    log.error("uncaught in a thread", exc_info=arguments.exc_value)


def _log_unraisable(arguments: Any) -> None:
    log.error("could not be raised", exc_info=arguments.exc_value)
