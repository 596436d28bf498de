import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import pytest
import shapely
import typer
from typer.testing import CliRunner

from portfolio.area_imports.rules import Status
from portfolio.areas import repository
from portfolio.areas.models import AreaEdition, AreaImport
from portfolio.cli import area_tables, areas
from portfolio.database.engine import make_engine, snapshot
from portfolio.database.lookup import count
from portfolio.events.models import Event
from portfolio.events.service import verify
from portfolio.investments.models import ShareSet
from tests.area_imports.importing import (
    CUT,
    TWO,
    boundary_file,
    invest,
    listed,
    on_the_ground,
    shares,
)
from tests.areas.boundary_samples import jittered_grid
from tests.scenario import line as plan_line
from tests.scenario import put_lines

OPTIONS = ["--scheme", "d", "--code-field", "code", "--name-field", "name"]


@pytest.fixture
def run(database_url, gis, tmp_path, monkeypatch):
    """Run `areas import` on a database with the scheme `d`."""
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", database_url)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")
    # The map goes to a folder of its own here.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run_import(shapes, *more, valid_from="2020-01-01", typed=None):
        file = tmp_path / "Områden.geojson"
        file.write_bytes(shapes if isinstance(shapes, bytes) else boundary_file(shapes))
        command = ["import", str(file), *OPTIONS, "--valid-from", valid_from, *more]
        return CliRunner().invoke(areas.app, command, input=typed)

    return run_import


def known_codes(engine) -> list[list[str]]:
    """The codes of each known edition of the scheme, by date."""
    with snapshot(engine) as session:
        return [
            repository.find_area_codes(session, edition.id or 0)
            for edition in repository.find_editions(session)
        ]


def test_a_file_is_shown_and_applied(run, engine):
    done = run(TWO, "--yes")

    assert done.exit_code == 0, done.stderr
    assert "Områden.geojson: GeoJSON" in done.stdout
    assert "added" in done.stdout
    assert "Import 1 is applied." in done.stdout
    assert known_codes(engine) == [["A", "B"]]


def test_a_dry_run_leaves_nothing_behind(run, engine):
    done = run(TWO, "--dry-run")

    assert done.exit_code == 0
    assert "added" in done.stdout
    with snapshot(engine) as session:
        assert count(session, AreaImport) == 0
        assert count(session, AreaEdition) == 0


@pytest.mark.parametrize(("typed", "editions"), [("y\n", [["A", "B"]]), ("n\n", [])])
def test_whoever_sits_there_is_asked(run, engine, monkeypatch, typed, editions):
    monkeypatch.setattr(areas, "is_interactive", lambda: True)

    done = run(TWO, typed=typed)

    assert done.exit_code == 0
    assert "Apply?" in done.stderr
    assert known_codes(engine) == editions


def test_where_nobody_can_answer_nothing_is_done_without_yes(run, engine):
    done = run(TWO)

    assert done.exit_code == 1
    assert done.stderr == (
        "There is nobody to ask here; add --yes to apply, or --dry-run only to look.\n"
    )
    assert known_codes(engine) == []


def test_refusals_are_sentences_on_stderr_and_exit_1(run, engine, client, keys):
    """A6."""
    run(TWO, "--yes")
    invest(client, keys, "I-1", listed(("A", 1.0)))

    orphaned = run(CUT, "--yes", valid_from="2021-01-01")
    early = run(CUT, "--yes", valid_from="2019-01-01")
    unreadable = run(b"{}", "--yes")
    nowhere = run(TWO, "--yes", "--scheme", "nowhere")

    assert [r.exit_code for r in (orphaned, early, unreadable, nowhere)] == [1] * 4
    assert "The code A vanishes but is used by I-1; give its successor." in orphaned.stderr
    assert "Codes that need a successor" in orphaned.stdout
    assert "2019-01-01 is before" in early.stderr
    assert "nowhere" in nowhere.stderr
    assert known_codes(engine) == [["A", "B"]]
    with snapshot(engine) as session:
        assert count(session, AreaImport) == 1


def test_successors_may_be_several(run, client, keys):
    """A6."""
    run(TWO, "--yes")
    invest(client, keys, "I-1", listed(("A", 1.0)))

    done = run(CUT, "--yes", "--successor", "A=A1:0.25,A2:0.75", valid_from="2021-01-01")

    assert done.exit_code == 0, done.stderr
    assert shares(client, keys, "I-1") == {"A1": 0.25, "A2": 0.75}


@pytest.mark.parametrize("successor", ["A", "A=", "=B"])
def test_wrong_usage_exits_2(run, successor):
    assert run(TWO, "--successor", successor).exit_code == 2
    assert run(TWO, valid_from="soon").exit_code == 2
    assert run(TWO, "--extent", "half").exit_code == 2


@pytest.mark.parametrize("share", ["-1", "0", "1.1", "NaN", "Infinity", "1e999999999"])
def test_a6_a_share_that_is_none_exits_2(run, share):
    done = run(TWO, "--successor", f"B=Q:{share},A:2")

    assert done.exit_code == 2
    assert "a share is a number over 0, at most 1" in " ".join(done.stderr.split())


def test_a_successor_without_shares_is_one_code():
    assert areas.parse_successors(["A=B:x"]) == {"A": [("B:x", Decimal(1))]}
    with pytest.raises(typer.BadParameter):
        areas.parse_successors(["A=B", "A=C"])


def test_the_preview_is_swedish_in_a_swedish_terminal(run, monkeypatch):
    monkeypatch.setenv("LC_ALL", "sv_SE.UTF-8")

    done = run(TWO, "--yes")

    assert "oförändrade" in done.stdout
    assert "Import 1 är verkställd." in done.stdout


# The map, what lies behind the counts, and what a flag takes over


def test_the_map_lies_in_the_working_folder_and_its_path_is_told(run, tmp_path):
    done = run(TWO, "--dry-run")

    (drawn,) = tmp_path.glob("portfolio-*/Områden-preview.svg")
    assert f"Map: {drawn}" in done.stdout.replace("\n", "")
    assert drawn.read_text("utf-8").startswith("<svg ")
    assert ">A<" in drawn.read_text("utf-8")


def test_the_map_goes_where_it_is_told_to(run, tmp_path):
    done = run(TWO, "--dry-run", "--picture", str(tmp_path / "karta.svg"))

    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "karta.svg").is_file()
    assert not list(tmp_path.glob("**/Områden-preview.svg"))


def test_a_map_that_nobody_asked_for_writes_over_nothing(run, tmp_path):
    own = tmp_path / "Områden-preview.svg"
    own.write_text("mine")

    first, second = run(TWO, "--dry-run"), run(TWO, "--dry-run")

    assert [first.exit_code, second.exit_code] == [0, 0]
    assert own.read_text() == "mine"
    assert len(list(tmp_path.glob("portfolio-*/Områden-preview.svg"))) == 2


def test_a_map_that_nobody_asked_for_stops_no_import(run, engine, monkeypatch):
    monkeypatch.setattr(Path, "write_bytes", refuse_svg(Path.write_bytes))
    done = run(TWO, "--yes")

    assert done.exit_code == 0, done.stderr
    assert "The map could not be kept." in done.stdout
    assert known_codes(engine) == [["A", "B"]]


def refuse_svg(write):
    """As in a folder where nothing may be written."""

    def refusing(self, data):
        if self.suffix == ".svg":
            raise PermissionError(13, "Permission denied")
        return write(self, data)

    return refusing


def test_a_map_that_can_not_be_written_is_one_sentence_and_nothing_is_applied(
    run, tmp_path, engine
):
    done = run(TWO, "--yes", "--picture", str(tmp_path / "missing" / "karta.svg"))

    assert done.exit_code == 1
    assert "name another file with --picture" in done.stderr
    assert known_codes(engine) == []


def test_a_file_with_errors_still_gets_its_map(run, tmp_path):
    done = run(boundary_file(TWO).replace(b'"B"', b'"A"'), "--yes")

    assert done.exit_code == 1
    assert "can't be applied" in done.stderr
    assert list(tmp_path.glob("portfolio-*/Områden-preview.svg"))


def test_proposed_successors_are_shown_and_taken_when_asked(run, client, keys):
    """A6."""
    run(TWO, "--yes")
    invest(client, keys, "I-1", listed(("A", 1.0)))

    shown = run(CUT, "--dry-run", valid_from="2021-01-01")
    refused = run(CUT, "--yes", valid_from="2021-01-01")
    done = run(CUT, "--yes", "--accept-lineage", valid_from="2021-01-01")

    assert "Proposed successors" in shown.stdout
    assert "A1 60.0%, A2 40.0%" in shown.stdout
    assert "split" in shown.stdout
    assert refused.exit_code == 1
    assert done.exit_code == 0, done.stderr
    assert shares(client, keys, "I-1") == {"A1": 0.6, "A2": 0.4}


def test_money_that_moves_is_shown_in_kronor(run, client, keys, monkeypatch):
    """A6, M1."""
    run(TWO, "--yes")
    invest(client, keys, "I-1", on_the_ground(TWO["A"]))
    amount = {**plan_line("1250000.00"), "department": "GFK"}
    assert put_lines(client, keys["admin"], "I-1", amount).status_code == 200

    shown = run(CUT, "--dry-run", valid_from="2021-01-01")
    monkeypatch.setenv("LC_ALL", "sv_SE.UTF-8")
    swedish = run(CUT, "--dry-run", valid_from="2021-01-01")

    assert "Money that moves between areas" in shown.stdout
    assert "750,000" in shown.stdout
    assert "500,000" in shown.stdout
    assert "750\N{NO-BREAK SPACE}000" in swedish.stdout


def test_money_that_is_less_than_half_a_krona_is_no_row():
    def moved(taker, total):
        return {"from": "A", "to": taker, "total": total}

    money = {
        "moves": [moved("B", "0.49"), moved("C", "-0.50"), moved("D", "0.51")],
        "undecided": {"total": "0.01"},
    }

    assert area_tables._moves(money, "en") == [["A", "D", "1"]]


def test_overlaps_are_closed_on_request_and_the_surfaces_told(run, engine):
    """A3."""
    west, south, east, north = TWO["B"].bounds
    overlapping = {**TWO, "B": shapely.box(west - 0.5, south, east, north)}

    kept = run(overlapping, "--dry-run")
    done = run(overlapping, "--yes", "--clean")

    assert "Cleaned boundaries" not in kept.stdout
    assert done.exit_code == 0, done.stderr
    assert "Cleaned boundaries" in done.stdout
    assert known_codes(engine) == [["A", "B"]]


def test_what_was_done_about_a_boundary_is_told(run):
    """A3."""
    west, south, east, north = TWO["A"].bounds
    bowtie = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])

    done = run({"A": bowtie, "B": TWO["B"]}, "--dry-run")

    assert "repaired" in done.stdout
    assert "done" in done.stdout


# Killed at any moment


GRID = {f"W{at:03}": shape for at, shape in enumerate(jittered_grid(12, 12, points=30))}
MERGED = {
    code: shape.union(GRID["W001"]) if code == "W000" else shape
    for code, shape in GRID.items()
    if code != "W001"
}


def start_import(database_url: str, path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "portfolio", "areas", "import", str(path), *OPTIONS]
    return subprocess.Popen(  # noqa: S603  # our own program
        [*command, "--valid-from", "2021-01-01", "--yes"],
        env={**os.environ, "PORTFOLIO_DATABASE_URL": database_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(process: "subprocess.Popen[bytes]", after: float) -> None:
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()


def assert_whole(database_url: str, investments: int) -> bool:
    """The scheme is wholly as before or wholly as after; says whether it is as after."""
    engine = make_engine(database_url, pool_size=1)
    codes = known_codes(engine)
    with snapshot(engine) as session:
        applied = count(session, AreaImport, AreaImport.status == Status.APPLIED.value)
        events = count(session, Event, Event.action == "area_import.applied")
        sets = count(session, ShareSet)
        assert verify(session)[1] is None
        for edition in repository.find_editions(session):
            areas = repository.find_areas(session, edition.id or 0)
            loaded = repository.load_edition(session, edition)
            assert len(loaded.coverage.codes) == len(areas)
    engine.dispose()
    assert codes in ([sorted(GRID)], [sorted(GRID), sorted(MERGED)])
    assert applied == events == len(codes)
    assert sets == investments * len(codes)
    return len(codes) == 2


@pytest.mark.slow
def test_an_import_killed_at_any_moment_leaves_the_old_areas_or_the_new(
    database_url, run, client, keys, tmp_path
):
    """A1."""
    assert run(GRID, "--yes").exit_code == 0
    point = {"geometry": {"type": "Point", "coordinates": [18.08, 59.35]}, "buffer_m": 300}
    for at in range(3):
        invest(client, keys, f"I-{at}", point)
    path = tmp_path / "merged.geojson"
    path.write_bytes(boundary_file(MERGED))
    began = time.monotonic()
    dry = [sys.executable, "-m", "portfolio", "areas", "import", str(path), *OPTIONS, "--dry-run"]
    subprocess.run([*dry, "--valid-from", "2021-01-01"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    whole = time.monotonic() - began
    moments = random.Random(6)  # noqa: S311  # chance, not secrecy

    for _ in range(10):
        # Reading takes most of the time; what matters is when it writes, at the end.
        kill(start_import(database_url, path), whole * moments.uniform(0.6, 1.25))
        if assert_whole(database_url, 3):
            break
    else:
        start_import(database_url, path).wait()

    assert assert_whole(database_url, 3)


DYING = """
import os, signal, sys
from portfolio.cli.main import app
import portfolio.{module} as dying

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

dying.{name} = die
app(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("area_imports.repository", "insert_successors"),  # the areas are written
        ("area_imports.repository", "insert_shares"),
        ("events.service", "event_hash"),  # the last statement before the commit
    ],
)
def test_an_import_that_dies_between_two_writes_leaves_the_old_areas(
    run, database_url, engine, tmp_path, module, name
):
    """A1."""
    assert run(TWO, "--yes").exit_code == 0
    path = tmp_path / "cut.geojson"
    path.write_bytes(boundary_file(CUT))
    program = DYING.format(module=module, name=name)
    command = [sys.executable, "-c", program, "areas", "import", str(path), *OPTIONS]

    died = subprocess.run(  # noqa: S603  # our own program
        [*command, "--valid-from", "2021-01-01", "--yes"], capture_output=True, check=False
    )

    assert died.returncode == -signal.SIGKILL, died.stderr
    assert known_codes(engine) == [["A", "B"]]
    with snapshot(engine) as session:
        assert count(session, AreaImport) == 1
        assert verify(session)[1] is None
