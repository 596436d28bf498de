"""`portfolio events`: is the chain whole."""

import typer

from portfolio.cli.common import open_engine, refusals
from portfolio.database.engine import snapshot
from portfolio.events.service import verify as verify_chain

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """The chain of events."""


@app.command("verify")
def verify() -> None:
    """Walk the hash chain; ends with 1, and says where, if it breaks.

    Example: portfolio events verify
    """
    engine = open_engine()
    with refusals(), snapshot(engine) as session:
        total, problem = verify_chain(session)
    if problem is not None:
        typer.echo(f"The chain breaks at event {problem.event_id}: it {problem.problem}.")
        raise typer.Exit(1)
    typer.echo(f"{total} events, the chain is whole.")
