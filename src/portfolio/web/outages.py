"""What went wrong without anybody having foreseen it: the database's doing, or ours."""

import structlog
from asgi_correlation_id import correlation_id
from fastapi import Request, Response

from portfolio.database.failures import has_no_room, unavailable
from portfolio.web import problems

log = structlog.get_logger()


def respond_to_failure(request: Request, error: Exception) -> Response:
    """503 while database or disk can't; 500, and a stack in the log, for all else."""
    told = unavailable(error)
    if told is not None:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0][:200]
        what = "no room for files" if has_no_room(error) else "the database does not answer"
        log.warning(what, reason=reason, kind=type(error).__name__)
        return problems.respond_to_error(request, told)
    trace_id = correlation_id.get() or "-"
    log.error("request failed", trace_id=trace_id, exc_info=error)
    return problems.respond_to_unexpected(request, trace_id)
