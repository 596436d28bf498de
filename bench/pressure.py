"""Load on a server: with wrk where it is installed, else with our own slower client."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.client import Load, load

FEWEST, LONGEST = 20, 8
LUA = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True, slots=True)
class Pressure:
    """How hard to press: so long, so often, the best of which counts."""

    seconds: int = 2
    runs: int = 2


def press(
    server: str,
    paths: Sequence[str],
    headers: Mapping[str, str],
    connections: int,
    how: Pressure,
    *,
    encoding: str | None = None,
) -> Load:
    """Ask for the paths in turn over some connections."""
    wrk = shutil.which("wrk")
    measured = []
    for _ in range(how.runs):
        if wrk is None:
            url = server + paths[0]
            found = load(url, dict(headers), connections=connections, seconds=how.seconds)
        else:
            found = _wrk(wrk, server, paths, headers, connections, how.seconds, encoding)
        measured.append(found)
    return max(measured, key=lambda found: found.per_second)


def _wrk(
    program: str,
    server: str,
    paths: Sequence[str],
    headers: Mapping[str, str],
    connections: int,
    seconds: int,
    encoding: str | None,
) -> Load:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        above = urlsplit(server).path
        listed.write("".join(f"{above}{path}\n" for path in paths))
        listed.flush()
        environment = {**os.environ, "BENCH_PATHS": listed.name}
        if "Authorization" in headers:
            environment["BENCH_AUTHORIZATION"] = headers["Authorization"]
        if encoding is not None:
            environment["BENCH_ENCODING"] = encoding
        command = [program, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s"]
        done = subprocess.run(  # noqa: S603  our own arguments
            [*command, "-s", str(LUA), server],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    found = json.loads(done.stdout.partition("JSON ")[2])
    if found["failed"]:
        raise RuntimeError(f"{server}{paths[0]}: {found['failed']} requests failed")
    if found["requests"] < FEWEST and seconds < LONGEST:
        # Too slow for so short a time: what is under way at its end is not counted.
        return _wrk(program, server, paths, headers, connections, LONGEST, encoding)
    per_second = found["requests"] / found["microseconds"] * 1e6
    return Load(per_second, found["p50"] / 1000, found["p95"] / 1000)


def memory_mb(pid: int) -> float:
    """What a process and those that it started hold, with a fair part of what they share."""
    total = 0.0
    for one in _family(pid):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) / 1024
    return total


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def serving_pid() -> int:
    """The process of `portfolio serve` that we have started."""
    for pid in _family(os.getpid())[1:]:
        if b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            return pid
    sys.exit("The server is not running.")
