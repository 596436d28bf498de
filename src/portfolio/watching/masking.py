"""What may be told of an exception, and the net under every line of the log."""

import re
import traceback
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from structlog.types import EventDict, WrappedLogger

from portfolio.settings import Settings

LONGEST_VALUE = 2000
LONGEST_EXCEPTION = 8000
MOST_FIELDS = 30
MOST_FRAMES = 25
LONGEST_CHAIN = 5
# PostgreSQL's classes of errors whose first line quotes a value: data and constraints.
QUOTING = ("22", "23", "P0")
_SECRETS = (
    (re.compile(r"\bpf_[\w-]{6,}"), "pf_***"),
    (re.compile(r"\b(bearer|basic)\s+[^\s\"',;]+", re.IGNORECASE), r"\1 ***"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w.-]+"), "***"),
    (re.compile(r"://[^/\s@]*@"), "://***@"),
    (re.compile(r"\b(password|passwd|secret|token|key)=[^\s&]+", re.IGNORECASE), r"\1=***"),
    (re.compile(r"\?[^\s\"'?]*=[^\s\"']*"), "?***"),
)
_FRAME = re.compile(r'^\s*File "([\w./-]{1,300}\.py)", line (\d{1,7}), in (\w{1,100})')
_TYPE = re.compile(r"^((?:\w+\.)*\w{0,80}(?:Error|Exception|Exit))(?::|$)", re.ASCII)


def told(error: BaseException) -> str:
    """Types and places of an exception and of those behind it; messages only where they are safe.

    At most `LONGEST_EXCEPTION` signs.
    """
    parts = []
    for one in _chain(error):
        message = safe_message(one)
        parts.append(f"{_name(one)}: {message}" if message else _name(one))
        parts += [
            f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(one.__traceback__)[-MOST_FRAMES:]
        ]
    return "\n".join(parts)[:LONGEST_EXCEPTION]


def safe_message(error: BaseException) -> str:
    """What an exception says, if that can hold nothing that somebody sent; otherwise nothing."""
    if isinstance(error, DBAPIError):
        # Without SQLAlchemy's own addition, which is the statement.
        return safe_message(error.orig) if error.orig is not None else ""
    if isinstance(error, OSError):
        # Not its text, which names the file.
        return error.strerror or ""
    if isinstance(error, SQLAlchemyError) or type(error).__module__.startswith(
        ("sqlite3", "psycopg")
    ):
        state = getattr(error, "sqlstate", None) or ""
        return "" if state.startswith(QUOTING) else str(error).partition("\n")[0][:300]
    return ""


def told_by_child(text: str) -> str:
    """Of what a caged process wrote: where it failed and by which type, without a message."""
    found = []
    for line in text[-20_000:].splitlines():
        frame = _FRAME.match(line[:500])
        if frame is not None:
            found.append(f"{_short(frame[1])}:{frame[2]} in {frame[3]}")
        elif (kind := _TYPE.match(line[:200])) is not None:
            found.append(kind[1])
    return "; ".join(found)[-LONGEST_VALUE:] or "nothing that may be told"


def _chain(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    for _ in range(LONGEST_CHAIN):
        if one is None:
            return
        yield one
        if isinstance(one, BaseExceptionGroup):
            one = one.exceptions[0]
        else:
            one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _name(error: BaseException) -> str:
    kind = type(error)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def _short(filename: str) -> str:
    return "/".join(filename.replace("\\", "/").split("/")[-3:])


class Masks:
    """The last step before a line is written: no secret, no endless value, few fields."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets

    @classmethod
    def of(cls, settings: Settings) -> "Masks":
        found = set()
        for name, value in settings:
            if name.endswith("database_url") and value:
                password = make_url(value).password
                if password and len(password) > 3:
                    found |= {password, quote(password, safe="")}
        return cls(tuple(sorted(found, key=len, reverse=True)))

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> Mapping[str, Any]:
        kept = list(event.items())[:MOST_FIELDS]
        return {str(name)[:100]: self._masked(name, value) for name, value in kept}

    def _masked(self, name: str, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        # An exception is longer, and its frames are what one looks for.
        longest = LONGEST_EXCEPTION if name == "exception" else LONGEST_VALUE
        text = str(value)[:longest]
        for secret in self._secrets:
            text = text.replace(secret, "***")
        for pattern, instead in _SECRETS:
            text = pattern.sub(instead, text)
        return text
