"""Fuzz the readers of strangers' files: `python -m tests.fuzz.readers [--seconds N] [TARGET ...]`.

Each has a process of its own with a bound on its memory. A finding is an exception that is no
refusal, an input that takes more than five seconds, or memory above the bound; it is left in
`--findings`, and belongs among the inputs of test_readers.py once it is mended.
"""

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

LONGEST_INPUT_BYTES = 16_384
SECONDS_AN_INPUT = 5
# What the libraries take when they are imported, and as much again.
MEMORY_MIB = 1_024
NAMES = ("geojson", "kml", "gml", "mapinfo", "archive", "ledger", "sheet", "workbook")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.readers", description=__doc__)
    parser.add_argument("targets", nargs="*", default=NAMES, help=f"of {', '.join(NAMES)}")
    parser.add_argument("--seconds", type=int, default=600, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, default=Path(tempfile.gettempdir()))
    asked = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: it needs CPython 3.11 to 3.13 on Linux.")  # noqa: T201
        return 1
    unknown = set(asked.targets) - set(NAMES)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    found = [name for name in asked.targets if not passes(name, asked)]
    if found:
        print(f"Findings in: {', '.join(found)}; see {asked.findings}")  # noqa: T201
    return int(bool(found))


def passes(name: str, asked: argparse.Namespace) -> bool:
    from tests.fuzz.readers.targets import TARGETS

    target = TARGETS[name]
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{name}-") as folder:
        corpus, words = Path(folder) / "corpus", Path(folder) / "words"
        corpus.mkdir()
        for seed, content in target.seeds().items():
            (corpus / seed).write_bytes(content)
        words.write_text("".join(f"{quoted(word)}\n" for word in target.words), "ascii")
        options = {
            "max_total_time": asked.seconds,
            "timeout": SECONDS_AN_INPUT,
            "rss_limit_mb": MEMORY_MIB,
            "max_len": LONGEST_INPUT_BYTES,
            "seed": asked.seed,
            "dict": words,
            "artifact_prefix": f"{asked.findings}/{name}-",
            "print_final_stats": 1,
        }
        command = [sys.executable, "-m", "tests.fuzz.readers.child", name, str(corpus)]
        command += [f"-{option}={value}" for option, value in options.items()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    print(summary(name, done.stderr))  # noqa: T201
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-4000:])  # noqa: T201
    return not done.returncode


def quoted(word: str) -> str:
    """An entry of a dictionary; what begins with a backslash is one byte already."""
    escaped = word if "\\x" in word else word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def summary(name: str, told: str) -> str:
    """What libFuzzer says of itself at the end."""
    stats = dict(
        line.removeprefix("stat::").split(":", 1)
        for line in told.splitlines()
        if line.startswith("stat::")
    )
    runs, peak = stats.get("number_of_executed_units", "?"), stats.get("peak_rss_mb", "?")
    return f"{name:9} {runs.strip():>9} inputs, {peak.strip():>5} MiB at most"


if __name__ == "__main__":
    sys.exit(main())
