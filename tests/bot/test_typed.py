"""Commands that are typed as messages, and what only looks like one."""

import pytest

from bot.typed import typed
from engine.types import Addressed, Conversation, File, Message

FILE = File("a.md", "https://files.slack.com/a.md", 3)


def said(text: str, addressed: Addressed = Addressed.DIRECT, **more) -> Message:
    return Message("id", Conversation("slack", "T", "C", "1"), "U", text, addressed, **more)


@pytest.mark.parametrize(("text", "name", "rest"), [
    ("kb add", "kb add", ""),
    ("KB Add https://a.example/", "kb add", "https://a.example/"),
    ("/kb list failed", "kb list", "failed"),
    ("/frontdesk kb show a.md", "kb show", "a.md"),
    ("kb entry\nQ: a\nA: b", "kb entry", "Q: a\nA: b"),
    ("kb", "help", ""),
    ("help", "help", ""),
    ("帮助", "help", ""),
    ("feedback", "feedback", ""),
    ("/frontdesk Feedback 2", "feedback", "2"),
])  # fmt: skip
def test_a_command_is_recognised(text, name, rest):
    for addressed in (Addressed.DIRECT, Addressed.MENTION):
        command = typed(said(text, addressed, files=(FILE,)))
        assert (command.name, command.text, command.files, command.id) == (name, rest, (FILE,), "id")


@pytest.mark.parametrize(
    "text",
    [
        "kb what?",
        "How does kb add work?",
        "kbadd",
        "kb address of the office",
        "",
        "help me",
        "feedback on the new desk",
    ],
)
def test_a_question_is_none(text):
    assert typed(said(text)) is None


def test_talk_in_a_thread_and_the_text_of_commands_are_none():
    assert typed(said("kb list", Addressed.THREAD)) is None
    assert typed(said("kb list", Addressed.COMMAND, command="ask")) is None


@pytest.mark.parametrize(
    "text", ["leave", "Please leave this thread.", "be quiet please", "离开", "请退出这个话题。", "請離開這個討論串"]
)
def test_in_a_thread_one_can_be_told_to_leave(text):
    assert typed(said(text, Addressed.MENTION)).name == "leave"
    assert typed(said(text, Addressed.DIRECT)) is None


@pytest.mark.parametrize("text", ["How do I leave a channel?", "leave of absence", "离开公司时要交什么?"])
def test_a_question_about_leaving_is_a_question(text):
    assert typed(said(text, Addressed.MENTION)) is None
