"""2,000 messages in 200 conversations: workers are killed at every failpoint and frozen past their leases."""

from __future__ import annotations

from pathlib import Path

from engine.failpoints import OF_MESSAGES
from tests.inbox.driver import Plan, Result, run
from tests.postgresql import Server

#: The n-th passage at which each kills.  What is passed rarely comes first, while there is much left to do.
_RARE = {"migrating": 1, "withdrawn": 2, "retrying": 2, "retried": 3, "claiming": 2, "claimed": 5, "renewed": 1}
_OFTEN = {name: 7 + 13 * n % 50 for n, name in enumerate(OF_MESSAGES) if name not in _RARE}
EVERY_FAILPOINT = [f"{name}:{n}" for name, n in (_RARE | _OFTEN).items()]


def assert_exactly_once(result: Result) -> None:
    """Each message has one visible reply and one end, in the order of its conversation."""
    assert (result.lost, result.duplicates, result.reordered) == (0, 0, 0), result
    assert result.acknowledged == result.answered == result.turns == result.messages, result
    assert result.open == 0, result


async def test_nothing_is_lost_doubled_or_reordered_when_the_process_dies_at_every_failpoint(tmp_path: Path) -> None:
    plan = Plan(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path, failpoints=EVERY_FAILPOINT, think_s=0.4)
    result = await run(plan)

    assert_exactly_once(result)
    assert sorted(result.kills) == sorted(EVERY_FAILPOINT)


async def test_nothing_is_lost_doubled_or_reordered_when_workers_die_and_freeze(
    tmp_path: Path, postgresql: Server
) -> None:
    """Two workers on PostgreSQL; each frozen one wakes up when its conversations are the other's."""
    plan = Plan(
        postgresql.new_database(),
        tmp_path,
        workers=2,
        failpoints=EVERY_FAILPOINT,
        freezes=4,
        lease_s=1.5,
        concurrency=24,
        think_s=0.4,
    )
    result = await run(plan)

    assert_exactly_once(result)
    assert sorted(result.kills) == sorted(EVERY_FAILPOINT)
    assert result.freezes >= 3


async def test_nothing_is_lost_doubled_or_reordered_when_workers_are_cut_off_from_the_database(
    tmp_path: Path, postgresql: Server
) -> None:
    """For longer than a lease: once what they said then arrives late, once never, and all their connections break."""
    plan = Plan(
        postgresql.new_database(), tmp_path, messages=400, conversations=40, workers=2, partitions=2, lease_s=1.5
    )
    result = await run(plan)

    assert_exactly_once(result)
    assert result.partitions == 2
