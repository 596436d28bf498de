"""The log holds nothing that somebody sent, at any level, whatever fails."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from portfolio.access.rules import Role
from portfolio.database.engine import make_engine, transaction
from portfolio.settings import Settings
from portfolio.watching import logs, masking, metrics
from portfolio.watching.masking import Masks, safe_message, told, told_by_child
from tests.serving import forked_server, key_headers

# In everything that is sent; nowhere in what the log may say.
MARK = "Xq7marked"
URL = "postgresql://someone:Xq7marked-password@db.example/portfolio"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a server process writes at its most talkative; the tests' own logging comes back."""
    root, hooks = logging.getLogger(), (sys.excepthook, sys.unraisablehook)
    thread_hook = threading.excepthook
    kept = (root.handlers, root.level, structlog.get_config())
    raises, showing = logging.raiseExceptions, warnings.showwarning
    to = io.StringIO()
    logs.configure_logs(Settings(database_url=URL, log_level="debug"), to)
    try:
        yield to
    finally:
        logging.captureWarnings(False)
        warnings.showwarning = showing
        root.handlers, root.level = kept[0], kept[1]
        structlog.configure(**kept[2])
        logging.raiseExceptions = raises
        sys.excepthook, sys.unraisablehook = hooks
        threading.excepthook = thread_hook
        for name in (*logs.SPOKEN, "portfolio"):
            logging.getLogger(name).setLevel(logging.NOTSET)


def lines(to: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in to.getvalue().splitlines()]


# In one process


def test_a_line_that_somebody_sends_stays_one_line(written):
    structlog.get_logger().info("request", actor='a\n{"event": "forged"}\r\u2028\x1b[31m\x00')
    logging.getLogger("uvicorn.error").warning("a\nb %s", "c\nd")

    assert len(lines(written)) == 2
    assert all(sign not in written.getvalue() for sign in ("\r", "\u2028", "\x1b", "\x00"))


def test_lines_are_bounded(written):
    structlog.get_logger().info("x" * 10**6, **{f"field_{n}": "y" * 10**5 for n in range(100)})
    logging.getLogger("uvicorn.error").error("z" * 10**6)

    assert all(len(line) < 80_000 for line in written.getvalue().splitlines())
    assert len(lines(written)) == 2


@pytest.mark.parametrize(
    "said",
    [
        f"Bearer {MARK}",
        f"Authorization: bearer {MARK}, more",
        f"pf_{MARK}-{MARK}",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJYcTdtYXJrZWQifQ.Xq7marked",
        f"could not connect to postgresql://someone:{MARK}@db/x",
        f"GET /v1/investments?q={MARK}&limit=1 HTTP/1.1",
        f"password={MARK} host=x",
        "the password is Xq7marked-password indeed",
    ],
)
def test_secrets_are_masked_whoever_logs_them(written, said):
    structlog.get_logger().warning("event", reason=said, other={"nested": [said]})
    logging.getLogger("some.library").warning("said %s", said)

    assert len(lines(written)) == 2
    assert MARK not in written.getvalue()


def test_libraries_do_not_tell_what_they_read_at_debug(written):
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        connection.execute(text("SELECT :value AS x"), {"value": MARK}).all()
    logging.getLogger("python_multipart.multipart").debug("data %s", MARK)
    logging.getLogger("asyncio").info("handling %s", MARK)

    assert MARK not in written.getvalue()


def test_an_exception_is_told_by_type_and_place_without_its_message(written):
    try:
        try:
            int(MARK)
        except ValueError as error:
            raise RuntimeError(MARK) from error
    except RuntimeError:
        structlog.get_logger().exception("request failed")
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")

    told = [line["exception"] for line in lines(written)]
    assert len(told) == 2
    for one in told:
        assert one.startswith("RuntimeError\n")
        assert "\nValueError" in one
        assert "watching/test_logs.py" in one
    assert MARK not in written.getvalue()


def test_what_nobody_caught_is_a_line_like_any_other(written):
    def fail() -> None:
        raise ValueError(MARK)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError(MARK), None)

    assert [line["exception"].split("\n")[0] for line in lines(written)] == ["ValueError"] * 2
    assert MARK not in written.getvalue()


def test_a_log_that_cannot_be_written_fails_no_request():
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    lines = logs.Lines(Full())
    before = metrics.log_lines_lost._value.get()

    assert lines.write("a line") == 0
    assert metrics.log_lines_lost._value.get() == before + 1


def test_the_database_tells_its_complaint_without_values(database_url: str):
    engine = make_engine(database_url)
    complaints = []
    for statement in (
        "SELECT x FROM nowhere",
        "INSERT INTO body (id, code, name, level) VALUES (1, 'Xq7marked', 'Xq7marked', 'x')",
        "INSERT INTO body (id, code, name, level) VALUES (1, 'Xq7marked', 'Xq7marked', 'x')",
        "SELECT CAST('Xq7marked' AS integer) / CAST('0' AS integer)",
    ):
        with engine.connect() as connection:
            try:
                connection.execute(text(statement))
                connection.commit()
            except DBAPIError as error:
                complaints.append(told(error))
    engine.dispose()

    assert "nowhere" in complaints[0]
    assert len(complaints) >= 2
    assert MARK not in "".join(complaints)


def test_a_file_that_is_missing_is_told_without_its_name():
    with pytest.raises(OSError, match=MARK) as caught:
        Path(f"/nowhere/{MARK}").read_text("utf-8")

    assert safe_message(caught.value) == "No such file or directory"
    assert MARK not in told(caught.value)


def test_of_a_child_only_places_and_types_are_told():
    said = (
        f"{MARK}\nTraceback (most recent call last):\n"
        '  File "/a/b/portfolio/areas/reading.py", line 12, in read\n'
        f"    number = float('{MARK}')\n"
        f"ValueError: could not convert string to float: '{MARK}'\n"
    )

    assert told_by_child(said) == "portfolio/areas/reading.py:12 in read; ValueError"


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_can_be_told(text: str, other: str):
    told_by_child(text)
    masked = Masks(("secret",))(None, "info", {"event": text, "more": other, "n": 1})
    assert json.loads(json.dumps(masked))["n"] == 1


def test_endless_chains_of_exceptions_are_cut():
    error = ValueError("x")
    for _ in range(100):
        above = ValueError("y")
        above.__cause__ = error
        error = above

    assert told(error).count("ValueError") == masking.LONGEST_CHAIN
    circle = ValueError("x")
    circle.__cause__ = circle
    assert len(told(circle)) < masking.LONGEST_EXCEPTION


# A whole server


def test_a_server_at_debug_logs_nothing_that_was_sent(
    database_url: str, tmp_path: Path, monkeypatch
):
    monkeypatch.setenv("PORTFOLIO_LOG_LEVEL", "debug")
    engine = make_engine(database_url)
    with transaction(engine) as session:
        headers = key_headers(session, Role.ADMIN)
    log = tmp_path / "log"

    with forked_server(database_url, log=log) as url, httpx2.Client(base_url=url) as client:
        _send_much(client, headers)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE event_chain RENAME TO hidden"))
        body = {"code": "marked", "name": MARK, "level": "committee"}
        assert client.post("/v1/bodies", json=body, headers=headers).status_code == 500
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE hidden RENAME TO event_chain"))
    engine.dispose()

    whole = log.read_text("utf-8")
    found = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
    assert len(found) > 15
    # `serve` itself says where it listens, for whoever started it.
    assert len(whole.splitlines()) == len(found) + 1
    assert max(len(line) for line in whole.splitlines()) < 20_000
    token = headers["Authorization"].removeprefix("Bearer ")
    for secret in (MARK, token, token[-12:], "Bearer", "test admin", "?q="):
        assert secret not in whole


def _send_much(client: httpx2.Client, headers: dict[str, str]) -> None:
    """Marks in every place of a request, in requests that go well and in those that don't."""
    file = {"file": (f"{MARK}.geojson", f'{{"{MARK}": 1}}'.encode(), "application/geo+json")}
    form = {"scheme": MARK, "code_field": MARK, "name_field": MARK, "valid_from": MARK}
    body = {"code": "marked-body", "name": MARK, "level": "committee"}
    guessed = {"Authorization": f"Bearer pf_{MARK}"}
    client.post("/v1/bodies", json=body, headers=headers)
    client.post("/v1/bodies", json=body, headers=headers)
    client.post("/v1/bodies", json={MARK: MARK}, headers=headers)
    client.post("/v1/bodies", content=f'{{"{MARK}', headers=headers)
    client.post("/v1/area-imports", data=form, files=file, headers=headers)
    client.post("/v1/area-schemes", json={"code": "s", "name": MARK}, headers=headers)
    form |= {"scheme": "s", "valid_from": "2026-01-01"}
    client.post("/v1/area-imports", data=form, files=file, headers=headers)
    client.get("/v1/investments", params={"q": MARK}, headers=headers)
    client.get("/v1/investments", params={MARK: MARK}, headers=headers)
    client.get(f"/v1/investments/{MARK}", headers=headers)
    client.get(f"/ogc/collections/{MARK}/items", params={"filter": MARK}, headers=headers)
    client.get(f"/{MARK}", headers={"Referer": MARK, "User-Agent": MARK, "Cookie": MARK})
    client.get("/v1/bodies", headers=guessed)
    client.get("/v1/bodies", headers={"Authorization": f"Basic {MARK}"})
    client.request(MARK.upper(), "/v1/bodies", headers=headers)
    client.get("/v1/bodies", headers={**headers, "X-Request-ID": f'{MARK}"\t}}'})
