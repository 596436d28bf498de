"""What every route that takes a file shares: the form's fields, the file's name, its tag."""

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import Request, UploadFile
from pydantic import BeforeValidator
from starlette.datastructures import UploadFile as ReceivedFile

from portfolio.errors import PreconditionFailed
from portfolio.language import Language
from portfolio.web.fields import wrong
from portfolio.web.replies import require_match

LONGEST_FILENAME = 200


def _file(value: Any) -> Any:
    if not isinstance(value, ReceivedFile):
        raise wrong("Skicka en fil, inte en text.", "Send a file, not a text.")
    return value


def left_out(value: Any) -> Any:
    """A form sends an empty text for a field that nobody filled in."""
    return None if value == "" else value


SentFile = Annotated[UploadFile, BeforeValidator(_file)]
LeftOut = BeforeValidator(left_out)


def plain_name(file: UploadFile) -> str:
    """What the sender calls the file, without folders and without what can't be printed."""
    last = PurePosixPath((file.filename or "").replace("\\", "/")).name
    printable = "".join(sign for sign in last if sign.isprintable())
    return printable.encode("utf-8", "replace").decode()[:LONGEST_FILENAME] or "file"


def require_match_in_either(request: Request, shown: Callable[[Language], Any]) -> None:
    """The tag of an import as it is now, in either language, is a match."""
    try:
        require_match(request, shown("sv"))
    except PreconditionFailed:
        require_match(request, shown("en"))
