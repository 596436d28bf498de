"""How much may wait for somebody to end it."""

import sqlalchemy as sa
from sqlmodel import Session

from portfolio.database.base import Table, table
from portfolio.errors import Refused

MOST_PREVIEWS = 200


def refuse_many_previews(session: Session, model: type[Table], previewed: str) -> None:
    """Previews hold what their files hold: those that nobody ends must not fill the disk.

    Raises:
        Refused: So many wait to be applied or discarded already.
    """
    waiting = sa.select(sa.func.count()).where(table(model).c.status == previewed)
    count = session.execute(waiting).scalar_one()
    if count >= MOST_PREVIEWS:
        raise Refused(
            f"{count} importer väntar redan på att verkställas eller tas bort; avsluta några och "
            "skicka filen igen.",
            f"{count} imports wait to be applied or discarded already; end some of them and send "
            "the file again.",
        )
