"""The channel's settings, and that it costs nothing before it runs."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from bot.discord import Discord
from bot.discord.rendering import buttons, pressed, thread_name
from tests.discord_channel.conftest import answered


def test_only_the_token_is_needed_and_it_is_never_shown() -> None:
    channel = Discord(token="secret-token")
    assert channel.api_url == "https://discord.com/api/v10"
    assert "secret-token" not in repr(channel)


def test_ids_may_be_written_as_numbers() -> None:
    channel = Discord(token="x", admins=[123], handoff=456, forums=["789"])
    assert (channel.admins, channel.handoff, channel.forums) == (("123",), "456", ("789",))


@pytest.mark.parametrize("wrong", [{"admins": ["alice"]}, {"handoff": "#help"}, {"forums": ["help"]}, {"tokn": "x"}])
def test_names_instead_of_ids_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        Discord.model_validate({"token": "x"} | wrong)


def test_the_library_is_loaded_when_it_is_needed_and_without_its_warning() -> None:
    code = (
        "import sys; import bot.discord; assert 'discord' not in sys.modules;"
        "bot.discord.Discord(token='x')._connection; assert 'discord' in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error::DeprecationWarning", "-c", code], check=True, timeout=60)


def test_a_button_names_its_answer() -> None:
    made = buttons("discord:4711", answered("Yes."))
    assert [pressed(b["custom_id"]) for b in made] == [
        ("helpful", "discord:4711", False),
        ("not_helpful", "discord:4711", False),
        ("person", "discord:4711", False),
    ]
    assert buttons("x" * 100, answered("Yes.")) == ()


@pytest.mark.parametrize("custom_id", ["", "yes", "fd:helpful", "fd:helpful:", "fd:delete:7", "other:helpful:7"])
def test_other_buttons_are_not_ours(custom_id: str) -> None:
    assert pressed(custom_id) is None


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("How long?", "How long?"),
        ("", "Question"),
        ("two\n\nlines\u202e here", "two lines here"),
        ("x" * 200, "x" * 60 + "…"),
    ],
)
def test_a_threads_name(question: str, name: str) -> None:
    assert thread_name(question) == name
