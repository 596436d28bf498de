"""A mixed load over a service, and the comparison of what is there with what was acknowledged."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from portfolio.access.rules import Role
from portfolio.access.service import create_key
from portfolio.clock import Act, now
from portfolio.database.engine import make_engine, snapshot, transaction
from portfolio.database.migrations import migrate
from portfolio.events.models import Event
from portfolio.events.service import verify
from portfolio.reports.doctor import find_faults
from tests.faults.clients import Client, Journal, Loop, Turns, Wrong
from tests.faults.municipality import Writer, found
from tests.faults.service import Service, wait_until

WRITERS, READERS = 4, 2
# So many of those that were read back before are read again each time.
SAMPLE = 100
READ = (
    "/v1/gate-status?limit=100",
    "/v1/gate-status?totals=true&limit=10",
    "/v1/investments?limit=50",
    "/v1/programs",
    "/v1/events?limit=20",
    "/ogc/collections/investments/items?limit=20",
    "/readyz",
)
REHEARSAL = "rehearsal"
Keys = dict[str, dict[str, str]]
# The events that a change of each kind leaves.
Recorded = dict[str, Counter[str]]


@dataclass
class Load:
    """Writers and readers at work on one service."""

    service: Service
    database_url: str
    dice: random.Random
    recorded: Recorded
    turns: Turns = field(default_factory=Turns)
    writers: list[Client] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(writer.journal.done.total() for writer in self.writers)

    def add(self, name: str, client: Client, dice: random.Random) -> None:
        step: Callable[[], None] = _reading(client, dice)
        if name.startswith("w"):
            self.writers.append(client)
            step = Writer(client, dice).step
        self.loops.append(Loop(self.turns, step, dice))

    def wait_for_more(self, changes: int) -> None:
        """Until clients have had so many changes acknowledged from now on."""
        wanted = self.done + changes
        wait_until(lambda: self.done >= wanted or self.has_failed, f"{changes} more changes")
        for loop in self.loops:
            loop.check()

    @property
    def has_failed(self) -> bool:
        return any(loop.failure is not None for loop in self.loops)

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Every change has been answered, if need be by sending it again."""
        self.turns.close()
        for loop in self.loops:
            loop.check()
        try:
            yield
        finally:
            self.turns.open()

    def check(self, *, thoroughly: bool) -> None:
        """What was acknowledged is there, once, and everything else is in order."""
        with self.at_rest():
            for writer in self.writers:
                self._read_back(writer)
            engine = make_engine(self.database_url)
            try:
                for writer in self.writers:
                    compare_effects(engine, writer.name, writer.journal, self.recorded)
                check_whole(engine, thoroughly=thoroughly)
            finally:
                engine.dispose()

    def _read_back(self, writer: Client) -> None:
        journal = writer.journal
        older = self.dice.sample(sorted(journal.settled), min(SAMPLE, len(journal.settled)))
        expected = {path: journal.settled[path] for path in older} | journal.shown
        for path, body in expected.items():
            now = writer.read(path).json()
            if now != body:
                raise Wrong(f"{path} was {body}, and is {now}")
        journal.settle()


def compare_effects(engine: Engine, name: str, journal: Journal, recorded: Recorded) -> None:
    """Each acknowledged change has left its events, and nothing was done that was not told."""
    expected: Counter[str] = Counter()
    for kind, times in journal.done.items():
        for action, each in recorded[kind].items():
            expected[action] += times * each
    there = effects_of(engine, name)
    if there != expected:
        lost, doubled = expected - there, there - expected
        raise Wrong(f"of {name}'s changes are lost {dict(lost)}, too many {dict(doubled)}")


def effects_of(engine: Engine, name: str) -> Counter[str]:
    """How many events of each action the key of this name has left."""
    actor = col(Event.actor).like(f"key % ({name})")
    query = select(Event.action, func.count()).where(actor).group_by(col(Event.action))
    with snapshot(engine) as session:
        return Counter(dict(session.exec(query).all()))


def check_whole(engine: Engine, *, thoroughly: bool) -> None:
    with snapshot(engine) as session:
        _, problem = verify(session)
        if problem is not None:
            raise Wrong(f"the chain breaks: {problem}")
        if thoroughly and (faults := find_faults(session)):
            raise Wrong(f"the doctor finds: {faults[:20]}")


def prepare(database_url: str) -> Keys:
    """Migrate, and make a key for each client; returns their headers."""
    migrate(database_url)
    roles = {REHEARSAL: Role.ADMIN}
    roles |= {f"w{number}": Role.ADMIN for number in range(WRITERS)}
    roles |= {f"r{number}": Role.VIEWER for number in range(READERS)}
    engine = make_engine(database_url)
    with transaction(engine) as session:
        keys = {name: _key(session, name, role) for name, role in roles.items()}
    engine.dispose()
    return keys


def _key(session: Session, name: str, role: Role) -> dict[str, str]:
    _, token = create_key(session, Act(actor="test", at=now()), role=role, name=name)
    return {"Authorization": f"Bearer {token}"}


def rehearse(service: Service, database_url: str, headers: dict[str, str]) -> Recorded:
    """Which events each kind of change leaves, when nothing goes wrong."""
    recorded: Recorded = {}
    engine = make_engine(database_url)
    with closing(Client(service.url, headers, REHEARSAL)) as client:
        found(client)
        seen, done = effects_of(engine, REHEARSAL), Counter(client.journal.done)
        for _ in Writer(client, random.Random(0)).whole_round():  # noqa: S311  no secret
            there = effects_of(engine, REHEARSAL)
            for kind in client.journal.done - done:
                recorded[kind] = there - seen
            seen, done = there, Counter(client.journal.done)
    engine.dispose()
    return recorded


@contextmanager
def mixed_load(
    service: Service,
    database_url: str,
    keys: Keys,
    recorded: Recorded,
    dice: random.Random,
) -> Iterator[Load]:
    load = Load(service, database_url, dice, recorded)
    with ExitStack() as stack:
        for name, headers in keys.items():
            if name != REHEARSAL:
                client = stack.enter_context(closing(Client(service.url, headers, name)))
                load.add(name, client, random.Random(dice.randrange(2**32)))  # noqa: S311
        for loop in load.loops:
            loop.start()
            stack.callback(loop.stop)
        stack.callback(load.turns.open)
        yield load


def _reading(client: Client, dice: random.Random) -> Callable[[], None]:
    def step() -> None:
        client.read(dice.choice(READ))

    return step
