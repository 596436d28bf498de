"""What a server process runs: the application behind its edge, with structured logs."""

import logging
import sys

import structlog
from asgi_correlation_id import correlation_id
from starlette.types import ASGIApp
from structlog.types import EventDict, Processor, WrappedLogger

from portfolio.app import create_app
from portfolio.settings import Settings, load_settings
from portfolio.web.edge import with_edge


def create() -> ASGIApp:
    """The factory that uvicorn calls in each process."""
    settings = load_settings()
    configure_logs(settings)
    return with_edge(create_app(settings), settings)


def configure_logs(settings: Settings) -> None:
    """One JSON object a line on stderr, uvicorn's own lines too, each with the request's id."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def _add_request_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    request_id = correlation_id.get()
    if request_id:
        event["request_id"] = request_id
    return event
