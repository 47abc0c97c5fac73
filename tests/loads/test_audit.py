"""Who did what: written with its effect, in a chain that shows what was changed, taken out or cut off."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import SettingsError
from engine.knowledge import Entry
from engine.store.audit import Audit
from engine.store.database import Database
from engine.store.tables import audit
from tests.loads.conftest import Base, Opener, sync

TEXT = "# Campion\n\nThe launch code of project Campion is CP-7781.\n"


@pytest.fixture
async def busy(base: Base) -> Base:
    """Every kind of row."""
    await base.load("wiki/a.md", TEXT)
    await base.add("wiki")
    await base.load("wiki/a.md", b"\x00\x01" * 50)
    await base.knowledge.regrant("acme", "wiki", "room:C1", actor="slack:U1")
    base.write("wiki/b.md", TEXT)
    await sync(base, "wiki")
    await base.knowledge.schedule("acme", "wiki", 3600, actor="slack:U1")
    await base.knowledge.put_entry(Entry("Where is the Gentian safe?", "In CP-7782."), workspace="acme", grant="public",
                                   actor="slack:U1")  # fmt: skip
    await base.knowledge.remove("acme", "wiki", purge=True, actor="slack:U2")
    return base


async def test_who_did_what_is_written_and_nothing_of_what_was_said(busy: Base) -> None:
    rows = await Audit(busy.database).rows()
    said = [(row.actor, row.action, row.subject) for row in rows]

    for expected in [
        ("tester", "kb add started", "wiki"), ("tester", "kb add", "wiki/a.md"),
        ("tester", "kb add failed", "wiki/a.md"),
        ("slack:U1", "kb audience", "wiki/a.md"), ("slack:U1", "kb audience of a source", "wiki"),
        ("tester", "kb sync", "wiki/b.md"), ("slack:U1", "kb schedule", "wiki"),
        ("slack:U2", "kb remove", "wiki/a.md"), ("slack:U2", "kb remove source", "wiki"), ("slack:U2", "kb purge", ""),
    ]:  # fmt: skip
        assert expected in said
    assert any(action == "kb entry" and subject.startswith("faq:") for _, action, subject in said)
    everything = str(rows)
    assert not any(word in everything for word in ("Campion", "CP-77", "Gentian", "safe"))


async def test_an_untouched_audit_is_intact(busy: Base) -> None:
    verdict = await Audit(busy.database).verify()

    assert (
        verdict.problems == () and verdict.count == len(await Audit(busy.database).rows()) and len(verdict.head) == 64
    )
    assert (await Audit(busy.database).verify(head=verdict.head, count=verdict.count)).problems == ()


def swap(c: sa.Connection) -> None:
    one, two = c.execute(sa.select(audit).where(audit.c.id.in_([3, 4])).order_by(audit.c.id)).mappings().all()
    for id_, other in ((3, two), (4, one)):
        c.execute(sa.update(audit).where(audit.c.id == id_).values({k: v for k, v in other.items() if k != "id"}))


def forge(c: sa.Connection) -> None:
    row = dict(c.execute(sa.select(audit).where(audit.c.id == 3)).mappings().one())
    c.execute(sa.insert(audit).values({**row, "id": 1000, "actor": "nobody", "mac": "", "key": ""}))


@pytest.mark.parametrize(
    "change",
    [
        *(lambda c, name=name: c.execute(sa.update(audit).where(audit.c.id == 3).values({name: "x"}))
          for name in ("actor", "action", "workspace", "subject", "details", "mac", "key")),
        lambda c: c.execute(sa.update(audit).where(audit.c.id == 3).values(at=audit.c.at + 60)),
        lambda c: c.execute(sa.delete(audit).where(audit.c.id == 3)),
        lambda c: c.execute(sa.delete(audit).where(audit.c.id == 1)),
        swap,
        forge,
    ],
)  # fmt: skip
async def test_whatever_is_done_to_a_row_is_seen(busy: Base, change: Callable[[sa.Connection], object]) -> None:
    await busy.database.write(change)

    assert (await Audit(busy.database).verify()).problems


async def test_rows_that_were_cut_off_are_seen_by_who_noted_the_end(busy: Base) -> None:
    noted = await Audit(busy.database).verify()
    await busy.load("more.md", TEXT)
    assert (await Audit(busy.database).verify(head=noted.head, count=noted.count)).problems == ()

    cut = sa.delete(audit).where(audit.c.id > sa.select(sa.func.max(audit.c.id)).scalar_subquery() - 5)
    await busy.database.write(lambda c: c.execute(cut).rowcount)
    assert (await Audit(busy.database).verify()).problems == (), "cutting alone leaves no trace: that is why one notes"
    assert (await Audit(busy.database).verify(head=noted.head, count=noted.count)).problems


async def test_a_key_of_its_own_is_kept_where_only_its_owner_reads(base: Base) -> None:
    file = base.data / "audit.key"

    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600 and len(file.read_text().strip()) == 64  # noqa: PTH116 - plain


async def test_who_has_not_the_key_cannot_write_a_chain_that_fits(busy: Base, tmp_path: Path) -> None:
    other = Database.at(tmp_path / "other", busy.database.url, audit_key="another key, long enough")
    problems = (await Audit(other).verify()).problems
    await other.close()

    assert problems and "cannot be verified" in problems[0]
    with pytest.raises(SettingsError, match=r"audit\.key"):
        Database.at(tmp_path / "short", audit_key="short")


async def test_a_new_key_goes_on_with_the_chain_that_the_old_one_began(busy: Base) -> None:
    again = Database.at(busy.data, audit_key="a new key in the settings")
    await again.write(lambda c: c.execute(sa.select(1)).scalar())
    from engine.store.audit import record

    await again.write(lambda c: record(again, c, actor="x", action="y", workspace="acme", subject="z"))
    assert (await Audit(again).verify()).problems == ()
    await again.close()


async def test_several_workers_write_one_chain(opened: Opener, postgresql: str, tmp_path: Path) -> None:
    from engine.store.audit import record

    base = await opened(url=postgresql)
    workers = [Database.at(tmp_path / f"worker{n}", postgresql, audit_key="the same key for all") for n in range(3)]

    async def write(n: int, worker: Database) -> None:
        for m in range(20):
            await worker.write(
                lambda c, m=m: record(worker, c, actor=f"w{n}", action=f"a{m}", workspace="acme", subject="")
            )

    await asyncio.gather(*(write(n, worker) for n, worker in enumerate(workers)))
    verdict = await Audit(workers[0]).verify()
    for worker in workers:
        await worker.close()

    assert verdict.problems == () and verdict.count == 60 and base.database.shared
