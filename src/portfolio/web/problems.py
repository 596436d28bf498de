"""RFC 9457 problem details: the only place where a domain error meets a status code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from portfolio import errors
from portfolio.errors import FieldError, PortfolioError
from portfolio.language import Language, Text
from portfolio.watching import metrics
from portfolio.web.translations import translated

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: its status, the last part of its `type`, and its title."""

    status: int
    name: str
    title: Text


INTERNAL = Problem(500, "internal", Text("Ett fel hos oss", "An error on our side"))
METHOD_NOT_ALLOWED = Problem(
    405, "method-not-allowed", Text("Metoden finns inte här", "The method is not allowed here")
)

PROBLEMS: Mapping[type[PortfolioError], Problem] = {
    errors.Unauthorized: Problem(
        401,
        "unauthorized",
        Text("Giltig nyckel eller inloggning saknas", "A valid key or sign-in is needed"),
    ),
    errors.Forbidden: Problem(403, "forbidden", Text("Inte tillåtet", "Not allowed")),
    errors.NotFound: Problem(404, "not-found", Text("Finns inte", "Not found")),
    errors.InvalidParameter: Problem(
        400, "invalid-parameter", Text("Ogiltig parameter", "Invalid parameter")
    ),
    errors.PreconditionRequired: Problem(
        428, "precondition-required", Text("If-Match saknas", "If-Match is needed")
    ),
    errors.PreconditionFailed: Problem(
        412, "precondition-failed", Text("Ändrad sedan du läste", "Changed since you read it")
    ),
    errors.TooLarge: Problem(413, "too-large", Text("För stort", "Too large")),
    errors.TooManyAtOnce: Problem(
        429, "rate-limited", Text("För många anrop", "Too many requests")
    ),
    errors.TooSlow: Problem(408, "too-slow", Text("För långsamt", "Too slow")),
    errors.Unavailable: Problem(
        503, "unavailable", Text("Inte tillgängligt just nu", "Not available now")
    ),
    errors.UnsupportedMediaType: Problem(
        415, "unsupported-media-type", Text("Fel innehållstyp", "Unsupported media type")
    ),
    errors.InvalidBody: Problem(422, "invalid-body", Text("Ogiltigt innehåll", "Invalid body")),
    errors.IdempotencyConflict: Problem(
        422,
        "idempotency-conflict",
        Text("Nyckeln är använd för något annat", "The key was used for something else"),
    ),
    errors.UnreadableFile: Problem(
        422, "unreadable-file", Text("Filen kan inte läsas", "The file can't be read")
    ),
    errors.UnknownCrs: Problem(
        422, "unknown-crs", Text("Okänt koordinatsystem", "Unknown reference system")
    ),
    errors.Refused: Problem(
        409, "conflict", Text("Går inte i nuvarande läge", "Not possible as things stand")
    ),
    errors.AssessmentIncomplete: Problem(
        409,
        "assessment-incomplete",
        Text("Bedömningen är inte hel", "The assessment is incomplete"),
    ),
    errors.AssessmentLocked: Problem(
        409, "assessment-locked", Text("Bedömningen är låst", "The assessment is locked")
    ),
    errors.DecisionRefused: Problem(
        409, "decision-refused", Text("Beslutet kan inte registreras", "The decision is refused")
    ),
    errors.InvestmentClosed: Problem(
        409, "investment-closed", Text("Investeringen är avslutad", "The investment is closed")
    ),
    errors.ImportNotApplicable: Problem(
        409,
        "import-not-applicable",
        Text("Importen kan inte verkställas", "The import can't be applied"),
    ),
    errors.RateMissing: Problem(
        409, "rate-missing", Text("Internränta saknas", "An internal rate is missing")
    ),
    errors.ReallocationRefused: Problem(
        409,
        "reallocation-refused",
        Text("Omfördelningen kan inte göras", "The reallocation is refused"),
    ),
    errors.SteeringChangeRefused: Problem(
        409,
        "steering-change-refused",
        Text("Styrningen kan inte ändras", "The change of steering is refused"),
    ),
    errors.InUse: Problem(409, "in-use", Text("Används av annat", "In use")),
}

# What a client's program is told besides.
ADVICE: Mapping[type[PortfolioError], Mapping[str, str]] = {
    errors.Unauthorized: {"WWW-Authenticate": "Bearer"},
    errors.TooSlow: {"Connection": "close"},
    errors.Unavailable: {"Retry-After": "10"},
}

ALL_PROBLEMS: Mapping[str, Problem] = {
    problem.name: problem for problem in (*PROBLEMS.values(), METHOD_NOT_ALLOWED, INTERNAL)
}


def problem_response(
    request: Request,
    problem: Problem,
    detail: Text,
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    metrics.refused(problem.name, with_key="authorization" in request.headers)
    language = language_of(request)
    content = {
        "type": f"/problems/{problem.name}",
        "title": problem.title.in_language(language),
        "status": problem.status,
        "detail": detail.in_language(language),
        "instance": request.url.path,
        **more,
    }
    return Response(
        orjson.dumps(content),
        status_code=problem.status,
        headers={"Content-Language": language, **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def respond_to_error(request: Request, error: PortfolioError) -> Response:
    language = language_of(request)
    more: dict[str, Any] = {}
    if isinstance(error, errors.InvalidBody) and error.errors:
        more["errors"] = _listed(error.errors, language)
    if isinstance(error, errors.Refused) and error.reasons:
        more["reasons"] = [reason.shown(language) for reason in error.reasons]
    headers = ADVICE.get(type(error), {})
    if isinstance(error, errors.TooManyAtOnce):
        headers = {"Retry-After": str(error.seconds)}
    return problem_response(request, PROBLEMS[type(error)], error.detail, headers=headers, **more)


def respond_to_invalid(request: Request, error: RequestValidationError) -> Response:
    """A malformed path names nothing (404), a malformed query is 400, a malformed body 422."""
    faults = error.errors()
    places = {fault["loc"][0] for fault in faults}
    if "path" in places:
        return respond_to_error(request, not_here())
    malformed = getattr(request.state, "malformed_json", None)
    if "body" in places and malformed:
        return respond_to_error(
            request,
            errors.InvalidBody(
                f"Innehållet är inte giltig JSON: {malformed}.",
                f"The body is not valid JSON: {malformed}.",
            ),
        )
    listed = [FieldError(_pointer(fault["loc"]), translated(fault)) for fault in faults]
    if "body" in places:
        return respond_to_error(
            request,
            errors.InvalidBody(
                "Rätta fälten under errors och skicka igen.",
                "Correct the fields listed under errors and send again.",
                listed,
            ),
        )
    names = ", ".join(sorted({str(fault["loc"][-1]) for fault in faults}))
    details = [Text(f"{names}: {f.detail.sv}", f"{names}: {f.detail.en}") for f in listed[:1]]
    return problem_response(
        request,
        PROBLEMS[errors.InvalidParameter],
        details[0],
        errors=_listed(listed, language_of(request)),
    )


def respond_to_http(request: Request, error: HTTPException) -> Response:
    """What Starlette and FastAPI refuse by themselves."""
    headers = dict(error.headers or {})
    if error.status_code == 404:
        return respond_to_error(request, not_here())
    if error.status_code == 405:
        allowed = headers.get("Allow") or headers.get("allow", "")
        detail = Text(f"Här går det att använda: {allowed}.", f"What works here: {allowed}.")
        return problem_response(request, METHOD_NOT_ALLOWED, detail, headers=headers)
    if error.status_code == 413:
        return respond_to_error(request, too_large())
    if error.status_code == 408:
        return respond_to_error(request, too_slow())
    return respond_to_error(
        request,
        errors.InvalidBody(
            "Innehållet kunde inte tolkas; kontrollera formatet och skicka igen.",
            "The body could not be parsed; check its format and send again.",
        ),
    )


def respond_to_unexpected(request: Request, trace_id: str) -> Response:
    detail = Text(
        f"Försök igen; händer det på nytt, uppge {trace_id} till driften.",
        f"Try again; if it happens again, give {trace_id} to those who run the service.",
    )
    return problem_response(request, INTERNAL, detail, trace_id=trace_id)


def not_here() -> errors.NotFound:
    return errors.NotFound(
        "Det finns inget på den adressen; kontrollera koden.",
        "There is nothing at this address; check the code.",
    )


def too_large() -> errors.TooLarge:
    return errors.TooLarge(
        "Det som skickades är större än gränsen; dela upp det eller förenkla det.",
        "What was sent is larger than the limit; split or simplify it.",
    )


def too_slow() -> errors.TooSlow:
    return errors.TooSlow(
        "Resten kom inte i tid; kontrollera uppkopplingen och skicka igen.",
        "The rest did not come in time; check the connection and send again.",
    )


def language_of(request: Request, default: Language = "en") -> Language:
    """Swedish or English, whichever `Accept-Language` prefers."""
    best: tuple[float, Language] = (0.0, default)
    for part in request.headers.get("accept-language", "").split(",")[:20]:
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().lower().split("-")[0]
        quality = _quality(parameters)
        if primary in ("sv", "en") and quality > best[0]:
            best = (quality, "sv" if primary == "sv" else "en")
    return best[1]


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _listed(faults: Sequence[FieldError], language: Language) -> list[dict[str, Any]]:
    return [_one(fault, language) for fault in faults[:100]]


def _one(fault: FieldError, language: Language) -> dict[str, Any]:
    one = {"pointer": fault.pointer, "detail": fault.detail.in_language(language)}
    return {**one, "choices": fault.choices} if fault.choices else one


def _pointer(location: Sequence[Any]) -> str:
    parts = [str(part).replace("~", "~0").replace("/", "~1")[:100] for part in location[1:]]
    return "".join(f"/{part}" for part in parts)
