"""`portfolio database`: who may do what in PostgreSQL."""

from typing import Annotated

import typer

from portfolio.cli.common import open_engine, refusals, settings
from portfolio.database import roles

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """The database itself."""


@app.command("grant")
def grant(
    role: Annotated[str, typer.Argument(help="A role that exists in PostgreSQL.")],
) -> None:
    """Give a role exactly what the server needs; run it as the owner of the tables.

    Example: portfolio database grant portfolio_server
    """
    open_engine().dispose()
    with refusals():
        roles.grant(settings().database_url, role)
    typer.echo(f"{role} may do what the server needs, and no more.", err=True)
