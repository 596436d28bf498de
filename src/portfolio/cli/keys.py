"""`portfolio keys`: make, list and revoke API keys."""

from collections.abc import Iterator
from datetime import MAXYEAR, datetime, timedelta
from typing import Annotated

import typer
from sqlmodel import Session

from portfolio.access import service
from portfolio.access.models import ApiKey
from portfolio.access.rules import Role
from portfolio.cli.common import act, open_engine, refusals, refuse
from portfolio.clock import SWEDEN, now, swedish_date
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
    expires: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day it opens anything.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="Only this of what the role may; repeatable.")
    ] = None,
) -> None:
    """Make a key; the token is printed this once, alone on stdout.

    Example: portfolio keys create --role viewer --name "Kartan" --scope ogc:read
    --expires 2027-12-31
    """
    _check_bounds(role, name, department, body)
    engine = open_engine()
    with refusals(), transaction(engine) as session:
        if department is not None:
            get_by_code(session, Department, department)
        for code in body or ():
            get_by_code(session, Body, code)
        _, token = service.create_key(
            session,
            act(engine),
            role=role,
            name=name.strip(),
            department=department,
            bodies=tuple(body or ()),
            scopes=scope or None,
            expires_at=_end_of(expires),
        )
    typer.echo(token)


def _check_bounds(role: Role, name: str, department: str | None, body: list[str] | None) -> None:
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


def _end_of(day: datetime | None) -> datetime | None:
    """When a day in Sweden is over."""
    if day is None:
        return None
    if day.year >= service.LATEST_END.year:
        message = f"a year before {service.LATEST_END.year}"
        raise typer.BadParameter(message, param_hint="--expires")
    return (day + timedelta(days=1)).replace(tzinfo=SWEDEN)


@app.command("list")
def list_() -> None:
    """List the keys, without their tokens.

    Example: portfolio keys list
    """
    engine = open_engine()
    with refusals(), snapshot(engine) as session:
        for key in _all_keys(session):
            bound = key.department or ",".join(key.bodies) or "-"
            scopes = "all" if key.scopes is None else ",".join(key.scopes)
            used = f"used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "not used"
            shown = (key.id, key.role, key.name, bound, scopes, used, _state(key))
            typer.echo("\t".join(str(one) for one in shown))


def _all_keys(session: Session) -> Iterator[ApiKey]:
    after = 0
    while keys := service.find_keys(session, after=after):
        yield from keys
        after = keys[-1].id or 0


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "in force"
    # The moment is the end of a day, which is the next day's beginning.
    last = key.expires_at - timedelta(microseconds=1)
    # Keys from before there was a bound may end when no Swedish date is left.
    last_day = last.date() if last.year == MAXYEAR else swedish_date(last)
    return f"{'expired' if key.expires_at <= now() else 'in force until'} {last_day}"


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
        service.revoke_key(session, act(engine), key)
    typer.echo(f"Key {id} is revoked.", err=True)
