"""What `help` tells: every command at its place, those of plugins among those for everybody."""

import pytest

from bot.channel import Command
from bot.reception import Desk
from engine.types import Conversation


@pytest.mark.parametrize(
    ("language", "admins", "about"),
    [
        ("en", "For admins", "Write, explain, review or fix code"),
        ("zh", "管理员", "编写、解释、审查或修复代码"),
        ("zh-TW", "管理員", "撰寫、解釋、審查或修正程式碼"),
    ],
)
async def test_the_commands_of_plugins_stand_above_those_of_admins(language, admins, about):
    claimed = {"code": "in English", "lunch": "What there is today"}
    desk = Desk(None, None, None, None, prompts=None, suggesting=None, claimed=claimed, mining=None)
    command = Command("help", "", "U1", Conversation("slack", "T1", "C1"), language=language)

    lines = (await desk.command(command)).text.splitlines()

    everybodys = lines[: next(n for n, line in enumerate(lines) if admins in line)]
    at = next(n for n, line in enumerate(everybodys) if line.startswith("- `forget-me`"))
    assert everybodys[at + 1 : at + 4] == [f"- `code …`: {about}", "- `lunch …`: What there is today", ""]


async def test_without_such_plugins_nothing_stands_there():
    desk = Desk(None, None, None, None, prompts=None, suggesting=None, claimed={}, mining=None)
    text = (await desk.command(Command("help", "", "U1", Conversation("slack", "T1", "C1"), language="en"))).text

    assert "what I answered you\n\nBelow each answer" in text
