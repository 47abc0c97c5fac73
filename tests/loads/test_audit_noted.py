"""Each day somebody outside learns where the audit ends: what was cut off later is then seen."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from bot.watch_audit import AuditWatch
from engine.errors import Refused, Unavailable
from engine.store.audit import NOTED, Audit
from engine.store.database import Database
from engine.store.tables import audit
from tests.bench.handed_in import HandedIn
from tests.loads.conftest import Base, Opener

DAY_S = 86_400.0
TEXT = "# Campion\n\nThe launch code of project Campion is CP-7781.\n"


class Stranger(HandedIn):
    """Has never heard of the room."""

    async def tell(self, where: str, text: str) -> None:
        raise Refused(f"there is no room {where}")


class Room(HandedIn):
    """Takes what is said in it, the first time only when asked again."""

    _said: list[tuple[str, str]] = []  # noqa: RUF012 - a private attribute of a pydantic model is copied
    _busy: int = 0

    async def tell(self, where: str, text: str) -> None:
        if self._busy:
            self._busy -= 1
            raise Unavailable("busy")
        self._said.append((where, text))


async def test_once_a_day_one_of_all_workers_verifies_it_and_says_so_in_it(opened: Opener, postgresql: str) -> None:
    base = await opened(url=postgresql)
    await base.load("wiki/a.md", TEXT)
    before = await Audit(base.database).verify()
    found = await asyncio.gather(*(Audit(base.database).note(DAY_S) for _ in range(5)))

    assert [v for v in found if v] == [before]
    rows = await Audit(base.database).rows()
    assert [row.action for row in rows].count(NOTED) == 1 and rows[-1].as_json()["details"]["head"] == before.head
    assert await Audit(base.database).note(DAY_S) is None

    await base.database.write(lambda c: c.execute(sa.update(audit).values(at=audit.c.at - DAY_S)).rowcount)
    again = await Audit(base.database).note(DAY_S)
    assert again and again.problems, "the times were changed: that is told, and noted all the same"


async def test_people_are_told_what_shows_later_that_rows_were_cut_off(base: Base) -> None:
    await base.load("wiki/a.md", TEXT)
    noted = await Audit(base.database).verify()
    room = Room()
    watching = asyncio.create_task(AuditWatch(base.database, [Stranger(), room], "C0AUDIT", first_s=0.0).run())
    while not room._said:
        assert not watching.done()
        await asyncio.sleep(0.01)
    watching.cancel()

    [(where, text)] = room._said
    assert where == "C0AUDIT" and "as it was written" in text
    assert f"--count {noted.count} --head {noted.head}" in text
    await cut_off(base.database, 2)
    assert (await Audit(base.database).verify()).problems == ()
    assert (await Audit(base.database).verify(head=noted.head, count=noted.count)).problems


async def test_a_broken_chain_is_told_with_where_it_breaks(base: Base) -> None:
    await base.load("wiki/a.md", TEXT)
    await base.database.write(
        lambda c: c.execute(sa.update(audit).where(audit.c.id == 1).values(actor="nobody")).rowcount
    )
    room = Room()
    watching = asyncio.create_task(AuditWatch(base.database, [room], "C0AUDIT", first_s=0.0).run())
    while not room._said:
        assert not watching.done()
        await asyncio.sleep(0.01)
    watching.cancel()

    assert "not as it was written" in room._said[0][1] and "row 1 " in room._said[0][1]


async def test_it_is_told_again_until_somebody_takes_it(base: Base) -> None:
    room = Room()
    room._busy = 3
    watching = asyncio.create_task(AuditWatch(base.database, [room], "C0AUDIT", first_s=0.0, again_s=0.01).run())
    while not room._said:
        assert not watching.done()
        await asyncio.sleep(0.01)
    watching.cancel()


async def cut_off(database: Database, count: int) -> None:
    """Take the last rows away, as somebody would who can write to the database."""
    last = sa.select(audit.c.id).order_by(audit.c.id.desc()).limit(count).scalar_subquery()
    await database.write(lambda c: c.execute(sa.delete(audit).where(audit.c.id.in_(last))).rowcount)
