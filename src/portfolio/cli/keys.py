"""`portfolio keys`: make, list and revoke API keys."""

from typing import Annotated

import typer

from portfolio.access import service
from portfolio.access.rules import Role
from portfolio.cli.common import act, open_engine, refusals, refuse
from portfolio.database.engine import snapshot, transaction
from portfolio.database.lookup import get_by_code
from portfolio.organisation.models import Body, Department

app = typer.Typer(no_args_is_help=True)


@app.command("create")
def create(
    role: Annotated[Role, typer.Option(help="What the key may do.")],
    name: Annotated[str, typer.Option(help="Who has it; shown in events.")],
    department: Annotated[str | None, typer.Option(help="For the role department.")] = None,
    body: Annotated[list[str] | None, typer.Option(help="For the role board; repeatable.")] = None,
) -> None:
    """Make a key; the token is printed this once, alone on stdout.

    Example: portfolio keys create --role department --name "Gatukontoret" --department FGK
    """
    if role is Role.PUBLIC:
        raise typer.BadParameter("public needs no key", param_hint="--role")
    if (role is Role.DEPARTMENT) != (department is not None):
        raise typer.BadParameter(
            "the role department, and only that one, must name a department",
            param_hint="--department",
        )
    if body and role is not Role.BOARD:
        raise typer.BadParameter("only the role board names bodies", param_hint="--body")
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise typer.BadParameter("1-200 printable characters", param_hint="--name")
    engine = open_engine()
    with refusals(), transaction(engine) as session:
        if department is not None:
            get_by_code(session, Department, department)
        for code in body or ():
            get_by_code(session, Body, code)
        _, token = service.create_key(
            session,
            act(),
            role=role,
            name=name.strip(),
            department=department,
            bodies=tuple(body or ()),
        )
    typer.echo(token)


@app.command("list")
def list_() -> None:
    """List the keys, without their tokens.

    Example: portfolio keys list
    """
    engine = open_engine()
    with refusals(), snapshot(engine) as session:
        for key in service.find_keys(session):
            state = "revoked" if key.revoked_at else "in force"
            bound = key.department or ",".join(key.bodies) or "-"
            typer.echo(f"{key.id}\t{key.role}\t{key.name}\t{bound}\t{state}")


@app.command("revoke")
def revoke(id: Annotated[int, typer.Argument(help="From `portfolio keys list`.")]) -> None:
    """Revoke a key: from now on it opens nothing.

    Example: portfolio keys revoke 3
    """
    engine = open_engine()
    with refusals(), transaction(engine) as session:
        key = service.get_key(session, id)
        if key.revoked_at is not None:
            refuse(f"Key {id} is revoked already.")
        service.revoke_key(session, act(), key)
    typer.echo(f"Key {id} is revoked.", err=True)
