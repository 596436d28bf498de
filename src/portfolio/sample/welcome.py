"""What whoever has loaded the sample municipality is told."""

from collections.abc import Mapping
from shlex import quote

from portfolio.access.rules import Role
from portfolio.language import Text
from portfolio.organisation.schemas import KeyIn
from portfolio.sample.content import SAMPLE_DATA, read_keys

PATHS = (
    "/v1/gate-status?program=lindangen&format=csv",
    "/v1/area-schemes/regso/areas/1280R045/portfolio",
)
PUBLIC_PATH = "/v1/programs/lindangen/board"

ADDRESS = Text("Adress", "Address")
FICTIONAL = Text(
    "Exempelkommunen är laddad. Områdena är SCB:s; allt annat är påhittat.",
    "The sample municipality is loaded. The areas are Statistics Sweden's; all else is fictional.",
)
KEYS = Text(
    "En nyckel för varje roll, gjord för den här databasen. De visas bara nu: spara dem.",
    "A key for each role, made for this database. They are shown only now: keep them.",
)
ALL_BODIES = Text("alla organ", "all bodies")
TRY = Text(
    "När servern har startat, klistra in en rad i ett annat fönster (den sista behöver ingen "
    "nyckel):",
    "When the server has started, paste a line in another window (the last needs no key):",
)


def welcome(tokens: Mapping[str, str], url: str) -> str:
    """The address, the keys, and three lines that work when they are pasted in a shell."""
    base = url.rstrip("/")
    return "\n".join(
        [
            "",
            *_both(FICTIONAL),
            f"{ADDRESS.sv} / {ADDRESS.en}: {base} ({base}/docs)",
            "",
            *_both(KEYS),
            *_key_lines(tokens),
            "",
            *_both(TRY),
            *curl_lines(tokens, base),
        ]
    )


def _key_lines(tokens: Mapping[str, str]) -> list[str]:
    """Role and token, and after them whose key it is where the role does not say."""
    width = max(len(role) for role in tokens)
    bound = {str(key.role): _bound_to(key) for key in read_keys(SAMPLE_DATA)}
    return [f"  {role:<{width}}  {token}{bound[role]}" for role, token in tokens.items()]


def _bound_to(key: KeyIn) -> str:
    if key.department is not None:
        return f"  ({key.department})"
    if key.role != Role.BOARD.value:
        return ""
    bodies = ", ".join(key.bodies) or f"{ALL_BODIES.sv} / {ALL_BODIES.en}"
    return f"  ({bodies})"


def _both(text: Text) -> list[str]:
    return [text.sv, text.en]


def curl_lines(tokens: Mapping[str, str], base: str) -> list[str]:
    """Two with the key that may only read, and one with none."""
    header = quote(f"Authorization: Bearer {tokens['viewer']}")
    signed = [f"curl -sS -H {header} {quote(base + path)}" for path in PATHS]
    return [*signed, f"curl -sS {quote(base + PUBLIC_PATH)}"]
