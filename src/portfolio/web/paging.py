"""Keyset paging: a page begins after the last key of the one before, at any depth as fast."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import Depends, Query, Request

from portfolio.errors import InvalidParameter
from portfolio.web.fields import Digits

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 1000


class Paging:
    """What a client asks of a list, and the answer's frame."""

    def __init__(self, request: Request, limit: int, cursor: str | None) -> None:
        self.request = request
        self.limit = min(limit, LARGEST_LIMIT)
        self.cursor = cursor

    def after(self, *types: type) -> tuple[Any, ...] | None:
        """The key to begin after, of these types; None on the first page."""
        if self.cursor is None:
            return None
        try:
            padded = self.cursor.encode() + b"=" * (-len(self.cursor) % 4)
            key = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (ValueError, binascii.Error) as error:
            raise _bad_cursor() from error
        if not isinstance(key, list) or [type(part) for part in key] != list(types):
            raise _bad_cursor()
        if any(
            (isinstance(p, int) and abs(p) > 2**62) or (isinstance(p, str) and "\0" in p)
            for p in key
        ):
            raise _bad_cursor()
        return tuple(key)

    def page(
        self,
        rows: Sequence[Any],
        total: int,
        key: Callable[[Any], tuple[Any, ...]],
        show: Callable[[Any], Any] = lambda row: row,
    ) -> dict[str, Any]:
        """The list's answer from up to `limit` + 1 rows; the one too many tells of a next page."""
        shown = rows[: self.limit]
        following = self._next(key(shown[-1])) if len(rows) > self.limit else None
        return {"items": [show(row) for row in shown], "next": following, "total": total}

    def short(
        self,
        rows: Sequence[Any],
        name: str,
        show: Callable[[Any], Any],
    ) -> dict[str, Any]:
        """The answer of a list that is short enough to be loaded whole, in the order of `name`."""
        kind = type(getattr(rows[0], name)) if rows else int
        after = self.after(kind)
        begun = [row for row in rows if after is None or getattr(row, name) > after[0]]
        return self.page(begun, len(rows), lambda row: (getattr(row, name),), show)

    def _next(self, key: tuple[Any, ...]) -> str:
        cursor = base64.urlsafe_b64encode(orjson.dumps(list(key))).decode().rstrip("=")
        query = [(k, v) for k, v in self.request.query_params.multi_items() if k != "cursor"]
        return f"{self.request.url.path}?{urlencode([*query, ('cursor', cursor)])}"


def _bad_cursor() -> InvalidParameter:
    return InvalidParameter(
        "cursor ska komma från next i en tidigare sida; börja om utan den.",
        "cursor must come from the next of an earlier page; start again without it.",
    )


# `async` only so that FastAPI calls it in place instead of in a thread.
async def get_paging(
    request: Request,
    limit: Annotated[
        Digits, Query(ge=1, description="How many; above 1000 it is cut to 1000.")
    ] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=2000, description="From the `next` of a page.")
    ] = None,
) -> Paging:
    return Paging(request, limit, cursor)


PagingDep = Annotated[Paging, Depends(get_paging)]
