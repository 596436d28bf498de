"""Settings that are texts of a form of their own, refused in a sentence when they are not."""

import ipaddress
import json
import re
from collections.abc import Callable, Iterable
from typing import Annotated

from pydantic import AfterValidator

RATE = re.compile(r"([1-9][0-9]{0,9})/(second|minute|hour|day)")
ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?")
HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")

# Of tokens. Asymmetric ones only: with a shared secret, whoever can check can forge.
ALGORITHMS = frozenset(
    {f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)} | {"EdDSA"}
)
ROLES = frozenset({"admin", "board", "coordinator", "department", "finance", "gis", "viewer"})


def listed(text: str) -> tuple[str, ...]:
    """The parts of a list with commas between them, without blanks around them."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _rate(text: str) -> str:
    if text and not RATE.fullmatch(text):
        raise ValueError("write it as 6000/minute (second, minute, hour or day), or leave it empty")
    return text


def _each(text: str, is_right: Callable[[str], object], advice: str) -> str:
    wrong = _first_wrong(listed(text), is_right)
    if wrong is not None:
        raise ValueError(f"{wrong[:80]} can't be used: {advice}, with commas between them")
    return text


def _first_wrong(parts: Iterable[str], is_right: Callable[[str], object]) -> str | None:
    return next((part for part in parts if not is_right(part)), None)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _origins(text: str) -> str:
    return _each(text, ORIGIN.fullmatch, "give origins such as https://karta.example.se")


def _networks(text: str) -> str:
    return _each(text, _is_network, "give addresses or networks such as 10.0.0.0/24")


def _hosts(text: str) -> str:
    return _each(text, HOST.fullmatch, "give names such as portfolio.example.se, without a port")


def _algorithms(text: str) -> str:
    if not listed(text):
        raise ValueError("name at least one, such as RS256")
    advice = f"give some of {', '.join(sorted(ALGORITHMS))}"
    return _each(text, lambda part: part in ALGORITHMS, advice)


def _issuer(text: str) -> str:
    is_local = re.match(r"http://(localhost|127\.0\.0\.1|\[::1\])[:/]", f"{text}/")
    if text and not (text.startswith("https://") or is_local):
        raise ValueError("it must begin with https:// (http:// only on this machine)")
    return text


def _roles(text: str) -> str:
    advice = 'write it as {"value of the claim": "role"}'
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON; {advice}") from error
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise ValueError(advice)
    wrong = _first_wrong(found.values(), lambda role: role in ROLES)
    if wrong is not None:
        raise ValueError(f"{wrong[:80]} is no role; there are {', '.join(sorted(ROLES))}")
    return text


Rate = Annotated[str, AfterValidator(_rate)]
Origins = Annotated[str, AfterValidator(_origins)]
Networks = Annotated[str, AfterValidator(_networks)]
Hosts = Annotated[str, AfterValidator(_hosts)]
Algorithms = Annotated[str, AfterValidator(_algorithms)]
Issuer = Annotated[str, AfterValidator(_issuer)]
RoleNames = Annotated[str, AfterValidator(_roles)]
