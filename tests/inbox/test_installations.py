"""Who has installed the app, on both databases: one worker renews, a state ends once, whoever left stays away."""

from __future__ import annotations

import asyncio

import pytest

from engine.store import installations as store
from engine.store.database import Database


async def keep(database: Database, id_: str, sealed: bytes = b"one") -> None:
    await database.write(
        lambda c: store.keep_installation(
            database, c, id_, bot="U0BOT", installer="U0ALICE", sealed=sealed, expires=5.0, by="slack:U0ALICE"
        )
    )


async def kept(database: Database) -> dict[str, store.Installation]:
    return {one.id: one for one in await database.read(store.all_installations)}


async def test_installing_again_replaces_the_tokens_and_no_other_workspaces(database: Database) -> None:
    await keep(database, "T1")
    await keep(database, "T2", b"two")
    await keep(database, "T1", b"again")

    found = await kept(database)
    assert {id_: (one.sealed, one.version, one.erasing) for id_, one in found.items()} == {
        "T1": (b"again", 2, False), "T2": (b"two", 1, False),
    }  # fmt: skip


async def test_one_of_many_workers_renews_and_what_was_installed_meanwhile_is_not_overwritten(
    database: Database,
) -> None:
    await keep(database, "T1")
    claims = [database.write(lambda c: store.claim_renewal(database, c, "T1", 1, 60.0)) for _ in range(5)]
    assert sorted(await asyncio.gather(*claims)) == [False, False, False, False, True]

    await keep(database, "T1", b"installed anew")
    late = await database.write(lambda c: store.renew_installation(c, "T1", 1, sealed=b"late", expires=9.0))
    assert not late
    assert (await kept(database))["T1"].sealed == b"installed anew"
    assert await database.write(lambda c: store.claim_renewal(database, c, "T1", 2, 60.0))
    assert await database.write(lambda c: store.renew_installation(c, "T1", 2, sealed=b"fresh", expires=9.0))
    assert (await kept(database))["T1"].version == 3


async def test_a_worker_that_fell_silent_while_renewing_does_not_stop_the_others_for_ever(database: Database) -> None:
    await keep(database, "T1")
    assert await database.write(lambda c: store.claim_renewal(database, c, "T1", 1, -1.0))
    assert await database.write(lambda c: store.claim_renewal(database, c, "T1", 1, 60.0))


async def test_an_organisation_that_leaves_takes_along_what_it_served_and_nothing_else(database: Database) -> None:
    await keep(database, "E1")
    await keep(database, "T3")
    for team in ("T1", "T2", "T3"):
        await database.write(lambda c, team=team: store.serve_through(database, c, team, "E1"))
    assert (await kept(database))["T3"].through == ""

    assert await database.write(lambda c: store.leave(database, c, "E1", "slack")) == ["E1", "T1", "T2"]
    assert await database.write(lambda c: store.leave(database, c, "E1", "slack")) == []
    found = await kept(database)
    assert {id_ for id_, one in found.items() if one.erasing} == {"E1", "T1", "T2"}
    assert not any(one.sealed for one in found.values() if one.erasing)


async def test_who_comes_back_while_being_erased_is_not_dropped_at_its_end(database: Database) -> None:
    await keep(database, "T1")
    await database.write(lambda c: store.leave(database, c, "T1", "slack"))
    left = (await kept(database))["T1"].version
    await keep(database, "T1", b"back")
    await database.write(lambda c: store.drop_installation(c, "T1", left))
    assert (await kept(database))["T1"].sealed == b"back"

    await database.write(lambda c: store.leave(database, c, "T1", "slack"))
    version = (await kept(database))["T1"].version
    await database.write(lambda c: store.drop_installation(c, "T1", version))
    assert await kept(database) == {}


@pytest.mark.parametrize(("span", "ends"), [(600.0, "browser"), (-1.0, "")])
async def test_a_sign_in_ends_once_and_in_time(database: Database, span: float, ends: str) -> None:
    assert await database.write(lambda c: store.begin_sign_in(database, c, "state", "browser", span))
    both = await asyncio.gather(*(database.write(lambda c: store.end_sign_in(database, c, "state")) for _ in range(2)))

    assert sorted(both) == sorted(["", ends])
    assert await database.write(lambda c: store.end_sign_in(database, c, "another")) == ""
