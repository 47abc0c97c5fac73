"""A plugin of somebody's own breaks: people get their answers all the same, and the operator sees which and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from bot.doctor import _of_a_plugin
from bot.operations import Operations
from engine import Plugin, Reply, Turn
from tests.scenarios.office import ALICE, BOB, ROOM, Office, office, shown

PLUGINS = """
[[plugins]]
use = "tests.scenarios.test_a_broken_plugin:Poet"
[[plugins]]
use = "plugins.faq:Faq"
"""


class Poet(Plugin):
    """Claims every message about keys and breaks on each."""

    commands: ClassVar[Mapping[str, str]] = {"poem": "Write a poem"}

    def claims(self, turn: Turn) -> bool:
        return "key" in turn.question

    async def answer(self, turn: Turn) -> Reply | None:
        raise RuntimeError(f"no rhyme on {turn.question}")


async def state(town: Office) -> dict[str, object]:
    assert town.app
    [plugin] = [p async for line in Operations(town.app)("state", {}) for p in line["row"]["plugins"]
                if p["plugin"] == "poet"]  # fmt: skip
    return dict(plugin)


async def test_people_are_answered_and_the_operator_is_told(tmp_path: Path) -> None:
    async with office(tmp_path) as town:
        town.settings = PLUGINS
        async with town.desk() as app:
            (tmp_path / "keys.md").write_text("# Keys\n\nThe spare key hangs at reception.\n", "utf-8")
            given = {"sources": [str(tmp_path / "keys.md")], "folder": str(tmp_path), "workspace": town.slack.team_id}
            assert [line async for line in Operations(app)("kb.add", given)]
            for _ in range(3):
                assert "reception" in await town.answer("Where does the spare key hang?", user=ALICE)

            broken = await state(town)
            assert (broken["left_out"], broken["why"]) == (True, "it raised RuntimeError")
            assert "left out since" in _of_a_plugin(broken)
            assert 'frontdesk_plugin_left_out{plugin="poet"} 1.0' in app.metrics.text().decode()
            assert "reception" in await town.answer("Where does the spare key hang?", user=BOB)

            asked = await town.slack.slash_command(ROOM, ALICE, "/frontdesk", "poem on the spare key")
            assert asked["ok"]
            said = await town.until(
                lambda: [m for m in town.slack.messages(ROOM, from_bot=True) if "wrong" in shown(m)]
            )
    assert "marked it for a person" in shown(said[0])
