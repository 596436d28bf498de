"""`portfolio sample`: a fictional municipality to try things on."""

from typing import Annotated

import typer

from portfolio.cli.common import open_engine, refusals

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """A sample municipality, fictional."""


@app.command("load")
def load(
    url: Annotated[str, typer.Option(help="Where the server will listen.")] = (
        "http://127.0.0.1:8000"
    ),
) -> None:
    """Load the sample municipality, once; prints how many of each, and a key for each role.

    Example: portfolio sample load
    """
    from portfolio.sample.loading import load_once
    from portfolio.sample.welcome import welcome

    engine = open_engine()
    with refusals():
        loaded = load_once(engine)
    if loaded is None:
        typer.echo("The sample municipality is there already.", err=True)
        return
    for name, number in loaded.counts.items():
        typer.echo(f"{number}\t{name}")
    typer.echo(welcome(loaded.tokens, url))
