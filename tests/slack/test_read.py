"""Events as Slack's documentation shows them (tests/payloads/slack), and what they mean for us."""

import json
from pathlib import Path

import pytest

from bot.slack.read import Deleted, Edited, Me, plain, read, read_command, read_press
from engine.types import Addressed, Conversation, File

PAYLOADS = Path(__file__).parent.parent / "payloads" / "slack"
ME = Me("T0TEAM", "U0BOT", "B0BOT")
NOW, BEFORE = "1795345200.000100", "1795345100.000200"


def payload(name: str) -> dict:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def reading(name: str, workspace: str = ""):
    return read(payload(name), ME, workspace=workspace, name_of={"U0BOB": "Bob"}.get)


def test_a_mention_starts_a_thread_and_loses_the_bots_own_name():
    message = reading("message_with_mention")

    assert message.id == f"T0TEAM:C0GENERAL:{NOW}"
    assert message.conversation == Conversation("slack", "T0TEAM", "C0GENERAL", NOW)
    assert (message.author, message.text) == ("U0ALICE", "how do I get a key?")
    assert message.addressed is Addressed.MENTION
    assert not message.mentions_others


def test_the_two_events_of_one_mention_are_one_message():
    """Their event ids differ; the message is the same to the last field."""
    assert reading("app_mention") == reading("message_with_mention")


def test_a_reply_in_a_thread_belongs_to_the_threads_conversation():
    message = reading("thread_reply")

    assert message.conversation.thread == BEFORE
    assert message.addressed is Addressed.THREAD
    assert message.id.endswith(NOW)


def test_words_to_somebody_else_are_marked_so():
    message = reading("thread_thanks")

    assert message.mentions_others
    assert message.text == "thanks, @Bob"


def test_an_answer_that_is_also_sent_to_the_channel_is_talk():
    assert reading("thread_broadcast").addressed is Addressed.MENTION


def test_each_top_level_direct_message_begins_a_thread():
    assert reading("direct").addressed is Addressed.DIRECT
    assert reading("direct").conversation.thread == NOW
    assert reading("direct_thread").addressed is Addressed.DIRECT
    assert reading("direct_thread").conversation.thread == BEFORE


def test_a_named_workspace_takes_the_teams_place_in_the_conversation_but_not_in_the_id():
    message = reading("direct", workspace="acme")

    assert message.conversation.workspace == "acme"
    assert message.id.startswith("T0TEAM:")


def test_what_was_typed_is_what_is_read():
    assert reading("escaped").text == (
        "does `a < b && c > d` work? See https://docs.example.com/a?b=1&c=2 and example.com and "
        "the manual (https://docs.example.com/x), ask @Bob in #other or help@example.com, not <!channel>"
    )


def test_calls_to_many_people_are_shown_and_count_as_naming_others():
    message = reading("broadcasts")

    assert message.text == "tell @here and @support at noon"
    assert message.mentions_others


def test_a_shared_file_comes_with_its_words_and_a_deleted_one_does_not():
    message = reading("file_share")

    assert message.text == "kb add"
    address = "https://files.slack.com/files-pri/T0TEAM-F0FILE/download/canteen.md"
    assert message.files == (File("canteen.md", address, 1234),)


def test_a_partner_in_a_shared_channel_is_heard():
    """Slack Connect: the event's team is the partner's, the context's is ours."""
    assert reading("from_a_partner").author == "U0PARTNER"


@pytest.mark.parametrize("name", [
    "chatter", "group_message", "other_bot", "other_bot_mention", "own", "joined", "other_team", "unfolded",
    "own_edited", "own_deleted",
])  # fmt: skip
def test_what_is_not_said_to_us_is_nothing(name):
    assert reading(name) is None


def test_an_edit_brings_the_new_words():
    assert reading("edited") == Edited(f"T0TEAM:C0GENERAL:{NOW}", "how do I get two keys?")


@pytest.mark.parametrize("name", ["deleted", "tombstone"])
def test_a_deleted_question_is_one_with_and_without_replies(name):
    """With replies, Slack leaves a tombstone in its place."""
    assert reading(name) == Deleted(f"T0TEAM:C0GENERAL:{NOW}")


def test_an_event_without_the_expected_fields_is_nothing():
    for event in ({}, {"type": "message"}, {"type": "message", "channel": "C1"}, {"type": "team_join", "user": {}}):
        assert read({"event": event}, ME, workspace="") is None


@pytest.mark.parametrize(
    "text", [" " * 100_000, "<" * 100_000, "<@" * 50_000, "<@U0BOT|" * 12_000, "\t<@U0BOT>" * 9_000]
)
def test_a_hostile_text_is_read_in_one_go(text):
    """What takes the square of its length would keep this test busy for minutes."""
    assert len(plain(text, ME)) <= len(text)


def test_a_command_is_a_name_and_words():
    said = read_command(payload("command_ask"))

    assert (said.name, said.text) == ("ask", "May I bring @bob & his dog?")
    assert (said.person, said.room, said.trigger) == ("U0ALICE", "C0GENERAL", "1.2.abc")
    assert read_command(payload("command_kb")).name == "kb search"
    assert read_command(payload("command_kb")).text == "dogs in the office"
    assert read_command(payload("command_bare")).name == "help"


def test_a_pressed_button_names_the_answer_it_belongs_to():
    press = read_press(payload("pressed"), ME, workspace="")

    assert (press.action, press.person) == ("not_helpful", "U0BOB")
    assert press.value == "slack:T0TEAM:C0GENERAL:1795345100.000200"
    assert press.conversation == Conversation("slack", "T0TEAM", "C0GENERAL", BEFORE)


def test_a_button_of_somebody_else_is_nothing():
    body = payload("pressed")
    body["actions"][0]["action_id"] = "vote"

    assert read_press(body, ME, workspace="") is None


def program(**more: object) -> dict:
    """Another bot names us."""
    body = payload("other_bot_mention")
    body["event"] |= more
    return body


def test_another_bot_is_ignored_unless_the_settings_name_it_and_it_names_us():
    assert read(program(), ME, workspace="") is None
    for named in ("B0OTHER", "A0OTHER", "U0ALICE"):
        message = read(program(), ME, workspace="", programs=[named])
        assert (message.program, message.addressed, message.text) == (True, Addressed.MENTION, "how do I get a key?")
    assert read(program(text="how do I get a key?"), ME, workspace="", programs=["B0OTHER"]) is None
    assert read(payload("message_with_mention"), ME, workspace="", programs=["B0OTHER"]).program is False


def test_a_webhook_without_a_user_is_named_by_its_bot():
    webhook = program(subtype="bot_message", user=None)
    assert read(webhook, ME, workspace="") is None
    assert read(webhook, ME, workspace="", programs=["B0OTHER"]).author == "B0OTHER"


def test_we_never_answer_ourselves_whatever_the_settings_say():
    for own in ({"user": "U0BOT"}, {"bot_id": "B0BOT"}):
        assert read(program(**own), ME, workspace="", programs=["U0BOT", "B0BOT", "A0OTHER"]) is None
