"""Everything that can go wrong in the domain, without a word about HTTP.

* PortfolioError
  x Unauthorized, Forbidden, NotFound
  x InvalidParameter
  x PreconditionRequired, PreconditionFailed
  x TooLarge, TooManyAtOnce, TooSlow, UnsupportedMediaType
  x Unavailable
  x InvalidBody
    + IdempotencyConflict
    + UnreadableFile
      - UnknownCrs
  x Refused
    + AssessmentIncomplete, AssessmentLocked, DecisionRefused, InvestmentClosed
    + ImportNotApplicable, InUse
    + RateMissing, ReallocationRefused, SteeringChangeRefused

`portfolio.web.problems` gives each class its status code and problem type.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portfolio.language import Language, Text


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `pointer` is a JSON pointer into the body.

    `choices` are values that would do, where they can be listed.
    """

    pointer: str
    detail: Text
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule of the domain (`G5`, `A6`) that stands in the way, and what to do.

    `pointer` is a JSON pointer to the field that it is about, where it is about one.
    """

    rule: str
    detail: Text
    pointer: str = ""

    def shown(self, language: Language) -> dict[str, str]:
        shown = {"rule": self.rule, "detail": self.detail.in_language(language)}
        return {**shown, "pointer": self.pointer} if self.pointer else shown


class PortfolioError(Exception):
    """`detail` says what to do about it, in both languages."""

    def __init__(self, sv: str, en: str) -> None:
        super().__init__(en)
        self.detail = Text(sv, en)


class Unauthorized(PortfolioError):
    """No key, or one that is not known."""


class Forbidden(PortfolioError):
    """The key's role, department or bodies do not allow this."""


class NotFound(PortfolioError):
    """Nothing has that code or id, or not for this caller."""


class InvalidParameter(PortfolioError):
    """A query parameter or header is unknown or malformed."""


class PreconditionRequired(PortfolioError):
    """A change came without the version it starts from."""


class PreconditionFailed(PortfolioError):
    """The resource has changed since the caller read it."""


class TooLarge(PortfolioError):
    """The body is larger than the limit."""


class TooManyAtOnce(PortfolioError):
    """The same kind of heavy work is being done for others; it goes well after `seconds`."""

    def __init__(self, sv: str, en: str, seconds: int = 10) -> None:
        super().__init__(sv, en)
        self.seconds = seconds


class TooSlow(PortfolioError):
    """The rest of a request did not come in time."""


class Unavailable(PortfolioError):
    """The service can't answer now, and will later: its database is away, or it is stopping."""


class UnsupportedMediaType(PortfolioError):
    """The body is not of the type the route takes."""


class InvalidBody(PortfolioError):
    """The body does not have the right shape; `errors` has every fault found."""

    def __init__(self, sv: str, en: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(sv, en)
        self.errors = tuple(errors)

    @classmethod
    def at(cls, pointer: str, sv: str, en: str, choices: Iterable[str] = ()) -> "InvalidBody":
        return cls(sv, en, [FieldError(pointer, Text(sv, en), tuple(choices))])


class IdempotencyConflict(InvalidBody):
    """The same Idempotency-Key came with another body."""


class UnreadableFile(InvalidBody):
    """An uploaded file can't be read as what it is said to be."""


class UnknownCrs(UnreadableFile):
    """The file's reference system is neither stated nor recognised."""


class Refused(PortfolioError):
    """A rule says no; `reasons` lists every rule that does."""

    def __init__(self, sv: str, en: str, reasons: Sequence[Reason] = ()) -> None:
        super().__init__(sv, en)
        self.reasons = tuple(reasons)


class AssessmentIncomplete(Refused):
    """A round was submitted with something missing (G2, G3)."""


class AssessmentLocked(Refused):
    """A submitted round can't be changed (G3)."""


class DecisionRefused(Refused):
    """A gate decision breaks one or more rules (G1-G13, S1-S2)."""


class InvestmentClosed(Refused):
    """The investment is stopped or completed."""


class ImportNotApplicable(Refused):
    """A previewed import can't be applied as it stands (A6)."""


class InUse(Refused):
    """Something else points at what was to be deleted."""


class RateMissing(Refused):
    """A calculation needs internal interest rates that nobody has entered (formulas 2)."""


class ReallocationRefused(Refused):
    """Money can't be moved, or not by this caller alone (S3-S5)."""


class SteeringChangeRefused(Refused):
    """The steering of a program can't be changed as things stand (S6)."""
