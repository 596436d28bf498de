"""One target under atheris: `python -m tests.fuzz.readers.child NAME libfuzzer-options...`."""

import sys

import atheris  # type: ignore[import-untyped]  # it has no types

# What is fuzzed is instrumented; the libraries under it are not, which would cost most of the time.
with atheris.instrument_imports(include=["portfolio"]):
    from tests.fuzz.readers.targets import TARGETS, run


def main() -> None:
    name, *options = sys.argv[1:]
    target = TARGETS[name]
    atheris.Setup([sys.argv[0], *options], lambda data: run(target, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
