"""Files beside a question on Discord, whichever way it is asked."""

from __future__ import annotations

from bot.discord.spoken import ANSWER_THIS
from tests.discord_channel.conftest import Side
from tests.discord_channel.test_controls import privately

FILE = {"filename": "contract.md", "content": "# Contract\n"}


async def test_a_file_comes_with_the_question_however_that_is_asked(side: Side) -> None:
    fake, room = side.fake, side.fake.general
    await fake.user_message(room, fake.alice, f"<@{fake.bot}> What does it say?", files=[FILE])
    await fake.slash_command(room, fake.bob, "ask", {"question": "What does it say?", "file": FILE})
    said = await fake.user_message(room, fake.alice, "Any idea what it says?", files=[FILE])
    await privately(side, await fake.context_menu(room, fake.bob, ANSWER_THIS, message=said["id"]), fake.bob)
    await side.until(lambda: len(side.notes.messages) == 3)
    for message in side.notes.messages:
        [file] = message.files
        assert file.name == "contract.md"
        assert await side.channel.download(file) == b"# Contract\n"

    used = await fake.slash_command(room, fake.bob, "ask", {"question": "And here?", "file": FILE, "private": True})
    await privately(side, used, fake.bob)
    assert [f.name for f in side.notes.presses[-1].files] == ["contract.md"]


async def test_a_file_without_a_question_opens_no_window_in_which_it_would_be_lost(side: Side) -> None:
    await side.fake.slash_command(side.fake.general, side.fake.bob, "ask", {"file": FILE})
    [message] = await side.until(lambda: side.notes.messages)
    assert (message.text, len(message.files)) == ("", 1)
