"""The command line: parse, one call of a service, print.

Results go to stdout, progress and refusals to stderr. Exit codes: 0, 1 for a refusal in one
sentence, 2 for wrong usage.
"""

from portfolio.cli.main import app


def main() -> None:
    app()
