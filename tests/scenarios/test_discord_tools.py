"""The same on Discord: what a tool finds is answered with its name below, what acts waits for the click of an admin."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.scenarios.guild import desk, ended, until
from tests.scenarios.test_discord_knowledge import labels, privately
from tests.scenarios.test_tools import calls, effects
from tests.stand_ins.fake_discord import FakeDiscord
from tests.stand_ins.fake_model import FakeModel

Json = dict[str, Any]
SERVER = Path(__file__).parents[1] / "tools" / "ops_server.py"


def settings(model: FakeModel, folder: Path) -> str:
    return (
        f'use = "vllm"\nurl = "{model.url}/v1"\n[[tools]]\nname = "ops"\n'
        f'command = ["{sys.executable}", "{SERVER}", "{folder}"]\nallow = {{ status = "read", restart = "write" }}\n'
        '[[plugins]]\nuse = "plugins.faq:Faq"\ntools = ["ops.status", "ops.restart"]\n'
    )


def said(fake: FakeDiscord, words: str) -> Json | None:
    """The bot's message anywhere in the server that has these words."""
    return next(
        (m for room in fake.channels for m in fake.messages(room, from_bot=True) if words in m["content"]), None
    )


async def test_a_tool_is_asked_and_an_effect_waits_for_an_admin(fake, tmp_path):
    async with FakeModel() as model:
        model.know(["Order 4711 left the Rosewood warehouse on 3 May and arrives after 5 days."])
        model.rule("order 4711", "script", times=1, **calls("ops_status", order="4711"))
        model.rule("重启代理 7", "script", **calls("ops_restart", agent=7))
        async with desk(fake, tmp_path, settings(model, tmp_path)) as app:
            await fake.user_message(fake.general, fake.bob, f"<@{fake.bot}> Where is order 4711?")
            answer = await until(lambda: said(fake, "Rosewood"))
            await ended(app)
            answer = said(fake, "Rosewood")
            assert answer
            assert "ops.status" in json.dumps(answer)

            await fake.user_message(fake.general, fake.bob, f"<@{fake.bot}> 请重启代理 7")
            asked = await until(lambda: said(fake, "需要先有人允许"))
            await ended(app)
            asked = said(fake, "需要先有人允许")
            assert asked
            assert '"agent": 7' in asked["content"]
            assert "ops.restart" in asked["content"]
            assert effects(tmp_path) == []

            used = await fake.click(asked["channel_id"], asked["id"], fake.bob, labels(asked)["允许一次"])
            assert "admin" in (await privately(fake, used, fake.bob))["content"]
            await ended(app)
            assert effects(tmp_path) == []

            used = await fake.click(asked["channel_id"], asked["id"], fake.alice, labels(asked)["允许一次"])
            again = await fake.click(asked["channel_id"], asked["id"], fake.alice, labels(asked)["允许一次"])
            told = [(await privately(fake, one, fake.alice))["content"] for one in (used, again)]
            assert any("Allowed" in one for one in told)
            assert any("already" in one for one in told)
            await until(lambda: said(fake, "Agent 7 is up again."))
            await ended(app)
            assert effects(tmp_path) == [{"tool": "restart", "agent": 7}]
