"""What the API description says about every operation: its texts, headers and problems."""

from typing import Any

from portfolio.web.problems import ALL_PROBLEMS, MEDIA_TYPE

# In the order in which a coordinator works.
TAGS = (
    ("organisation", "Who decides and who delivers; keys and settings."),
    ("areas", "The municipality's areas, and the import of their boundaries."),
    ("programs", "Programs for places, with their members and gate templates."),
    ("investments", "Physical and social investments, and where they are."),
    ("money", "What an investment is expected to cost, and what was decided."),
    ("costs", "What it leads to each year: components, rates, operating consequence, payers."),
    ("budget", "Frames, allocations, and the ledger of every movement."),
    ("steering", "Who moves money, by whose consent, and what full steering would be worth."),
    ("accounts", "What the accounts say."),
    ("tables", "Investments and plan lines from spreadsheets."),
    ("assessments", "The five steps, round by round, and what still blocks a decision."),
    ("decisions", "Recommendations, gate decisions and their conditions."),
    ("status", "Where everything stands, as of any date."),
    ("trust", "The chain of events."),
    ("service", "The service itself."),
)
DESCRIPTION = """\
Organises a municipality's investments by place, and moves each one through gates with an
assessment in five steps. Rules are named as in the refusals: `G5`, `A6`.

- **Keys.** Send `Authorization: Bearer <token>`. Each operation says which roles it takes; without
  a key some answer with what is published. 401: no key or a bad one, 403: the role may not.
- **Formats.** Dates are `YYYY-MM-DD`, times RFC 3339 in UTC. Amounts are strings in SEK with at
  most two decimals, such as `"1250000.00"`; a JSON number is refused. Shares are numbers 0-1.
- **Bodies.** Unknown fields are refused (422), as are unknown or repeated query parameters (400).
- **Lists** come in pages of `limit` (default 50, at most 1000) in a stable order; follow `next`
  until it is null. `total` counts everything that matches.
- **Changes** (PATCH, PUT, DELETE) carry the `ETag` of what they start from in `If-Match`: 428
  without it, 412 when somebody has changed the resource since.
- **Retries.** A POST with an `Idempotency-Key` has its effect once; the same key and body give the
  same answer for 24 hours, another body gives 422.
- **Errors** are `application/problem+json` (RFC 9457). `type` leads to a page that explains the
  problem, `detail` says what to do, `errors` points at fields and `reasons` names the rules that
  refuse, all at once. They are checked in the order 401, 403, 404, 428/412, 422, 409.
- **Language.** `Accept-Language: sv` or `en` chooses the language of titles, details and exports.
- **Tracing.** Every answer has an `X-Request-ID`: yours, if you sent one, or a new one.
"""
KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key from `portfolio keys create` or `POST /v1/keys`, or an access token "
    "of the municipality's identity provider.",
}

JSON = "application/json"
_TEXT = {"type": "string"}
_READINESS: dict[str, Any] = {
    "type": "object",
    "required": ["status", "checks"],
    "additionalProperties": False,
    "properties": {
        "status": {"enum": ["ready", "not ready"]},
        "checks": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "ok", "detail"],
                "additionalProperties": False,
                "properties": {"name": _TEXT, "ok": {"type": "boolean"}, "detail": _TEXT},
            },
        },
    },
}
_UNMIGRATED = {
    "name": "schema",
    "ok": False,
    "detail": "has 0006, needs 0007: run portfolio migrate of this version",
}


def _readiness(status: str, *checks: dict[str, Any]) -> dict[str, Any]:
    answers = {"name": "database", "ok": True, "detail": "answers"}
    return {"status": status, "checks": [answers, *checks]}


def _listed(*fields: str) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {
            "type": "object",
            "required": list(fields),
            "properties": dict.fromkeys(fields, _TEXT),
            "additionalProperties": False,
        },
    }


_ERRORS: dict[str, Any] = _listed("pointer", "detail")
# Where a file tells what could have been named: its fields, its layers, likely systems.
_ERRORS["items"]["properties"] = {
    **_ERRORS["items"]["properties"],
    "choices": {"type": "array", "items": _TEXT},
}

_REASONS: dict[str, Any] = _listed("rule", "detail")
_REASONS["items"]["properties"] = {**_REASONS["items"]["properties"], "pointer": _TEXT}

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457 problem details.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": [f"/problems/{name}" for name in sorted(ALL_PROBLEMS)]},
        "title": {**_TEXT, "description": "The kind of problem."},
        "status": {"type": "integer"},
        "detail": {**_TEXT, "description": "What to do."},
        "instance": {**_TEXT, "description": "The path that was asked for."},
        "trace_id": {**_TEXT, "description": "Of a 500: what the log calls it."},
        "errors": {**_ERRORS, "description": "Which fields are wrong; choices that would do."},
        "reasons": {**_REASONS, "description": "Which rules refuse, all of them."},
    },
}

HEADERS: dict[str, Any] = {
    "X-Request-ID": {
        "description": "Of this request; the log bears it too.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    "Location": {
        "description": "The address of what was made.",
        "required": True,
        "schema": {"type": "string", "pattern": "^/v1/"},
    },
    "ETag": {
        "description": "The version, for `If-Match`.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
    },
    "Content-Language": {
        "description": "Of title and detail.",
        "required": True,
        "schema": {"type": "string", "enum": ["sv", "en"]},
    },
    "WWW-Authenticate": {
        "description": "How to send a key.",
        "required": True,
        "schema": {"type": "string", "enum": ["Bearer"]},
    },
    "Retry-After": {
        "description": "In how many seconds to try again.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
}

PARAMETERS: dict[str, Any] = {
    "AcceptLanguage": {
        "name": "Accept-Language",
        "in": "header",
        "required": False,
        "description": "`sv` or `en`, with weights if you like.",
        "schema": {"type": "string"},
        "example": "sv",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The ETag of the version that the change starts from, or `*` for any.",
        "schema": {"type": "string"},
        "example": '"6c5f0a0f6b0c4d4e8f0a0f6b0c4d4e8f"',
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Same key and body, same answer for 24 hours, with no second effect.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        "example": "b8f9c0a2-decision-212",
    },
}

# Names of the shared responses, and the problem each has as its example.
_EXAMPLES: dict[int, tuple[str, str, str]] = {
    400: ("InvalidParameter", "invalid-parameter", "limit: Give a whole number."),
    401: ("Unauthorized", "unauthorized", "Send your key as Authorization: Bearer <key>."),
    403: ("Forbidden", "forbidden", "The role viewer may not do this; these may: admin."),
    404: ("NotFound", "not-found", "There is no investment LIN-99."),
    409: ("Refused", "decision-refused", "The decision is refused; see reasons."),
    412: (
        "PreconditionFailed",
        "precondition-failed",
        "Somebody has changed this since you read it; read again, compare and send again.",
    ),
    413: (
        "TooLarge",
        "too-large",
        "What was sent is larger than the limit; split or simplify it.",
    ),
    415: (
        "UnsupportedMediaType",
        "unsupported-media-type",
        "Send the body as application/json.",
    ),
    422: (
        "InvalidBody",
        "invalid-body",
        "Correct the fields listed under errors and send again.",
    ),
    428: (
        "PreconditionRequired",
        "precondition-required",
        "Read the resource first and send its ETag in If-Match.",
    ),
    429: (
        "TooManyAtOnce",
        "rate-limited",
        "Other files are being written just now. Try again in a moment.",
    ),
    503: ("Unavailable", "unavailable", "The database does not answer; try again in a moment."),
    500: ("Internal", "internal", "Try again; if it happens again, report the trace_id."),
}
NAMES = {status: name for status, (name, _, _) in _EXAMPLES.items()}
_MORE: dict[int, dict[str, Any]] = {
    409: {
        "reasons": [
            {
                "rule": "G5",
                "detail": "The step Economy is negative: say which positive step outweighs it, "
                "and why.",
            }
        ]
    },
    422: {"errors": [{"pointer": "/steps/market/verdict", "detail": "Give one of the verdicts."}]},
    500: {"trace_id": "0d9f6a7c1b2e4f0a8c3d5e6f7a8b9c0d"},
}


def problem_responses() -> dict[str, Any]:
    """One shared response for each status; an operation refers to those it can give."""
    return {name: _problem_response(status) for status, name in NAMES.items()}


def _problem_response(status: int) -> dict[str, Any]:
    _, problem, detail = _EXAMPLES[status]
    kinds = sorted(f"`{one.name}`" for one in ALL_PROBLEMS.values() if one.status == status)
    names = ["X-Request-ID", "Content-Language"]
    if status == 401:
        names.append("WWW-Authenticate")
    if status in (429, 503):
        names.append("Retry-After")
    return {
        "description": f"One of the problems {', '.join(kinds)}.",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                    "type": f"/problems/{problem}",
                    "title": ALL_PROBLEMS[problem].title.en,
                    "status": status,
                    "detail": detail,
                    "instance": "/v1/investments/LIN-01",
                    **_MORE.get(status, {}),
                },
            }
        },
    }


_CHANGE = {
    "type": "Feature",
    "properties": {"code": "1280R032", "name": "Lindängen", "change": "changed"},
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[13.01, 55.56], [13.02, 55.56], [13.02, 55.57], [13.01, 55.56]]],
    },
}
# By path, method and status, "" for the body: what FastAPI can't know of media types.
CONTENTS: dict[tuple[str, str, str], dict[str, Any]] = {
    ("/v1/area-imports", "post", ""): {
        "multipart/form-data": {
            "example": {
                "file": "districts.gpkg",
                "scheme": "regso",
                "code_field": "regsokod",
                "name_field": "regsonamn",
                "valid_from": "2027-01-01",
            }
        }
    },
    ("/v1/area-indicators", "post", ""): {
        "multipart/form-data": {
            "example": {
                "file": "folkmangd_2025.csv",
                "scheme": "regso",
                "indicator": "population",
                "source": "SCB, folkmängd per RegSO, 31 december 2025",
            }
        }
    },
    ("/v1/investment-imports", "post", ""): {
        "multipart/form-data": {
            "example": {
                "file": "investeringsbudget_2027.xlsx",
                "unit": "tkr",
                "sheet": "Projekt",
                "columns": '{"code": "Projekt", "name": "Benämning", "department": "Förvaltning"}',
                "kind": "physical",
                "not_located_reason": "Läget är inte bestämt.",
            }
        }
    },
    ("/v1/plan-imports", "post", ""): {
        "multipart/form-data": {
            "example": {
                "file": "investeringsbudget_2027.xlsx",
                "unit": "tkr",
                "sheet": "Projekt",
                "columns": '{"investment": "Projekt", "years": {"2027": "Budget 2027"}}',
                "type": "capital",
            }
        }
    },
    ("/v1/outcome-imports", "post", ""): {
        "multipart/form-data": {
            "example": {"file": "huvudbok_2026.se", "ledger": "main", "dimension": "6"}
        }
    },
    ("/v1/area-imports/{id}/changes", "get", "200"): {
        "application/geo+json": {
            "schema": {"$ref": "#/components/schemas/ChangesOut"},
            "example": {"type": "FeatureCollection", "features": [_CHANGE]},
        }
    },
    ("/v1/gate-status", "get", "200"): {
        "text/csv": {"example": "Investering;Namn;Grind\r\nLIN-01;Trygg gångväg;need\r\n"},
    },
    ("/healthz", "get", "200"): {JSON: {"example": {"status": "alive"}}},
    ("/readyz", "get", "200"): {JSON: {"schema": _READINESS, "example": _readiness("ready")}},
    ("/readyz", "get", "503"): {
        JSON: {"schema": _READINESS, "example": _readiness("not ready", _UNMIGRATED)}
    },
    ("/metrics", "get", "200"): {
        "text/plain": {"schema": _TEXT, "example": "portfolio_requests_in_flight 1.0\n"}
    },
}
