"""Forms, shortcuts, reactions and the Home tab, over the wire."""

import asyncio

import pytest

from bot.channel import Button, Entry, Form
from bot.slack.forms import read_submission, view
from bot.slack.gestures import read_shortcut
from bot.slack.manifest import manifest
from bot.slack.read import Me
from engine.types import Addressed, Conversation
from tests.slack.desk import TOWN, answered, shown, working

ROOM, ALICE, BOB = "C0GENERAL", "U0ALICE", "U0BOB"
ME = Me("T0TEAM", "U0BOT", "B0BOT", "https://test.slack.com/")
WHY = Form("What was wrong?", "feedback.said", "7-abc", (
    Entry("why", "What was wrong?", "It was", "The admins read this.", lines=True),
    Entry("better", "What would be right?", required=False),
))  # fmt: skip
OFFER = Button("Say why", "feedback.why", "7-abc")


async def reply(desk, text="Dogs are welcome. [1]"):
    """An answer in the room, and the message that it answers."""
    await desk.fake.user_message(ROOM, ALICE, "<@U0BOT> may I bring my dog?")
    message = await desk.message()
    await desk.answer(message, answered(text, TOWN))
    return message, desk.thread(message)[0]


async def opened(desk, user=BOB):
    """A form that somebody sees."""
    await desk.fake.wait_for(lambda: desk.fake.open_view(user))
    return desk.fake.open_view(user)


# Forms


async def offer(desk):
    """Bob has pressed "not helpful" and is offered to say why."""
    message, answer = await reply(desk)
    desk.offers, desk.forms["feedback.why"] = (OFFER,), WHY
    await desk.fake.click(ROOM, answer["ts"], BOB, "fd_not_helpful")
    await desk.fake.wait_for(lambda: desk.fake.ephemerals)
    desk.offers = ()
    return message, desk.fake.ephemerals[-1]


async def test_a_button_opens_its_form_and_what_is_sent_comes_back_from_there(desk):
    message, whispered = await offer(desk)
    assert (await desk.fake.click(ROOM, whispered["ts"], BOB, "fd:feedback.why:0"))["ok"]
    form = await opened(desk)
    assert [b["label"]["text"] for b in form["blocks"]] == ["What was wrong?", "What would be right?"]
    assert form["blocks"][0]["element"]["initial_value"] == "It was"
    assert form["blocks"][0]["hint"]["text"] == "The admins read this."
    assert [b["optional"] for b in form["blocks"]] == [False, True]

    desk.says = "Thank you."
    assert (await desk.fake.submit_view(BOB, {"why": "It is <!here> & *old*", "better": None}))["ok"]
    await desk.fake.wait_for(lambda: len(desk.fake.ephemerals) == 2)

    sent = desk.presses[-1]
    assert (sent.action, sent.value, sent.person, sent.conversation) == (
        "feedback.said", "7-abc", BOB, message.conversation,
    )  # fmt: skip
    assert sent.filled == {"why": "It is <!here> & *old*", "better": ""}
    assert desk.fake.ephemerals[-1]["user"] == BOB
    assert desk.fake.open_view(BOB) is None
    assert len(desk.presses) == 2, "opening a form is no press"


async def test_a_form_that_cannot_be_taken_stays_and_says_why(desk):
    _, whispered = await offer(desk)
    await desk.fake.click(ROOM, whispered["ts"], BOB, "fd:feedback.why:0")
    await opened(desk)
    desk.refuses = "I do not understand the date."
    await desk.fake.submit_view(BOB, {"why": "It is old"})

    [wrong] = [e for e in desk.fake.transcript if e.get("what") == "view_errors"]
    assert wrong["errors"] == {"why": "I do not understand the date."}
    assert desk.fake.open_view(BOB) is not None
    desk.refuses = ""
    await desk.fake.submit_view(BOB, {"why": "It is old"})
    assert desk.fake.open_view(BOB) is None


async def test_what_takes_longer_than_a_form_waits_is_told_later(desk):
    _, whispered = await offer(desk)
    await desk.fake.click(ROOM, whispered["ts"], BOB, "fd:feedback.why:0")
    await opened(desk)
    desk.slow_s, desk.refuses = 1.6, "The desk is full."
    assert (await desk.fake.submit_view(BOB, {"why": "It is old"}))["ok"]
    assert desk.fake.open_view(BOB) is None
    await desk.fake.wait_for(lambda: len(desk.fake.ephemerals) == 2)

    assert "The desk is full." in shown(desk.fake.ephemerals[-1])
    assert "It is old" in shown(desk.fake.ephemerals[-1]), "nothing that was written is lost"


@pytest.mark.tolerates("expired_trigger_id")
async def test_a_form_that_slack_does_not_open_any_more_is_asked_for_again(desk):
    _, whispered = await offer(desk)
    desk.fake.fail("views.open", error="expired_trigger_id")
    await desk.fake.click(ROOM, whispered["ts"], BOB, "fd:feedback.why:0")
    await desk.fake.wait_for(lambda: len(desk.fake.ephemerals) == 2)

    assert "try it again" in shown(desk.fake.ephemerals[-1])


async def test_who_reads_chinese_finds_a_chinese_window(desk):
    desk.fake.users[BOB]["locale"] = "zh-CN"
    _, whispered = await offer(desk)
    await desk.fake.click(ROOM, whispered["ts"], BOB, "fd:feedback.why:0")

    assert (await opened(desk))["submit"]["text"] == "发送"
    assert desk.looked[-1].language == "zh"


def test_a_form_comes_back_as_what_it_was_about():
    where = Conversation("slack", "acme", ROOM, "1.2")
    made = view(WHY, where, "en") | {"state": {"values": {"why": {"why": {"value": "no\x00"}}}}}
    press = read_submission({"view": made, "user": {"id": BOB}}, ME, workspace="acme")

    assert (press.action, press.value, press.conversation, press.filled) == (
        "feedback.said", "7-abc", where, {"why": "no"},
    )  # fmt: skip


@pytest.mark.parametrize("about", ["", "{", "[]", "7", '["a"]', "null"])
def test_a_form_that_is_not_ours_is_left_alone(about):
    body = {"view": {"callback_id": "fd_form", "private_metadata": about}, "user": {"id": BOB}}
    assert read_submission(body, ME, workspace="") is None
    assert read_submission({"view": {"callback_id": "other"}, "user": {"id": BOB}}, ME, workspace="") is None
    assert read_submission({}, ME, workspace="") is None


# Shortcuts


def test_every_shortcut_of_the_manifest_is_one_that_is_listened_to():
    made = {s["callback_id"]: s["type"] for s in manifest()["features"]["shortcuts"]}
    assert made == {"fd_ask": "global", "fd_answer": "message", "fd_keep": "message", "fd_correct": "message"}


async def test_a_message_is_answered_below_it_once(desk):
    said = await desk.fake.user_message(ROOM, ALICE, "may I bring my <@U0BOB> &amp; dog?")
    for _ in range(2):
        assert (await desk.fake.shortcut(BOB, "fd_answer", channel=ROOM, ts=said["ts"]))["ok"]
    message = await desk.message()
    await desk.fake.wait_for(lambda: len(desk.fake.ephemerals) == 2)

    assert (message.id, message.author, message.addressed) == (f"T0TEAM:{ROOM}:{said['ts']}", ALICE, Addressed.COMMAND)
    assert message.conversation.thread == message.handle == said["ts"]
    assert "dog?" in message.text
    assert len(desk.kept) == 1
    assert {e["user"] for e in desk.fake.ephemerals} == {BOB}
    await desk.answer(message, answered("Dogs are welcome. [1]", TOWN))
    assert len(desk.thread(message)) == 1


async def test_a_message_that_named_us_is_not_answered_a_second_time(desk):
    said = await desk.fake.user_message(ROOM, ALICE, "<@U0BOT> may I bring my dog?")
    await desk.message()
    await desk.fake.shortcut(BOB, "fd_answer", channel=ROOM, ts=said["ts"])
    await desk.fake.wait_for(lambda: desk.fake.ephemerals)
    assert len(desk.kept) == 1


async def test_where_the_bot_is_not_the_answer_is_for_whoever_wants_it_alone(desk):
    desk.fake.add_channel("G0CLOSED", "closed", kind="group", members=[ALICE, BOB])
    said = await desk.fake.user_message("G0CLOSED", ALICE, "may I bring my dog?")
    desk.says = "I answer in our direct messages."
    assert (await desk.fake.shortcut(BOB, "fd_answer", channel="G0CLOSED", ts=said["ts"]))["ok"]
    await desk.fake.wait_for(lambda: desk.fake.ephemerals)

    [press] = desk.presses
    assert (press.action, press.value, press.person) == ("ask.this", "may I bring my dog?", BOB)
    assert desk.kept == {}
    assert desk.fake.messages("G0CLOSED", from_bot=True) == []


async def test_in_a_message_of_ours_there_is_nothing_to_answer(desk):
    _, answer = await reply(desk)
    await desk.fake.shortcut(BOB, "fd_answer", channel=ROOM, ts=answer["ts"])
    await desk.fake.wait_for(lambda: desk.fake.ephemerals)

    assert "nothing in that message" in shown(desk.fake.ephemerals[0])
    assert len(desk.kept) == 1


@pytest.mark.tolerates("user sees: ")
async def test_a_question_by_shortcut_that_is_not_kept_is_not_acknowledged(desk):
    said = await desk.fake.user_message(ROOM, ALICE, "may I bring my dog?")
    desk.broken = 1
    assert not (await desk.fake.shortcut(BOB, "fd_answer", channel=ROOM, ts=said["ts"]))["ok"]


async def test_a_message_can_become_an_entry(desk):
    desk.forms["kb.keep"] = WHY
    said = await desk.fake.user_message(ROOM, ALICE, "Dogs are welcome.")
    assert (await desk.fake.shortcut(BOB, "fd_keep", channel=ROOM, ts=said["ts"]))["ok"]
    await opened(desk)

    [press] = desk.looked
    assert (press.action, press.filled) == ("kb.keep", {"text": "Dogs are welcome."})
    assert press.conversation == Conversation("slack", "T0TEAM", ROOM, said["ts"])


async def test_who_may_not_make_one_is_told_so_alone(desk):
    desk.says = "Only an admin may do that."
    said = await desk.fake.user_message(ROOM, ALICE, "Dogs are welcome.")
    await desk.fake.shortcut(BOB, "fd_keep", channel=ROOM, ts=said["ts"])
    await desk.fake.wait_for(lambda: desk.fake.ephemerals)

    assert desk.fake.ephemerals[0]["user"] == BOB
    assert "Only an admin" in shown(desk.fake.ephemerals[0])


async def test_a_question_can_be_asked_from_anywhere(desk):
    desk.forms["ask.form"] = Form("Ask", "ask.said", "n1", (Entry("question", "Your question", lines=True),))
    assert (await desk.fake.shortcut(ALICE, "fd_ask"))["ok"]
    await opened(desk, ALICE)
    desk.says = "I answer in our direct messages."
    await desk.fake.submit_view(ALICE, {"question": "May I bring my dog?"})
    private = desk.fake._dm(ALICE)["id"]
    await desk.fake.wait_for(lambda: desk.fake.messages(private, from_bot=True))

    assert desk.presses[-1].filled == {"question": "May I bring my dog?"}
    assert desk.presses[-1].conversation == Conversation("slack", "T0TEAM", "", "")


def test_a_shortcut_of_another_workspace_is_not_ours():
    used = {"type": "shortcut", "callback_id": "fd_ask", "user": {"id": ALICE}, "team": {"id": "T0OTHER"}}
    assert read_shortcut(used, ME) is None
    assert read_shortcut(used | {"team": {"id": "T0TEAM"}}, ME).person == ALICE
    assert read_shortcut(used | {"team": None}, ME).person == ALICE  # of a whole organisation
    assert read_shortcut(used | {"context_team_id": "T0TEAM"}, ME).person == ALICE  # in a channel that both share


# Reactions


async def test_a_thumb_means_what_its_button_means(desk):
    message, answer = await reply(desk)
    await desk.fake.user_react(ROOM, answer["ts"], BOB, "+1::skin-tone-3")
    await desk.fake.wait_for(lambda: len(desk.presses) == 1)
    desk.offers = (OFFER,)
    await desk.fake.user_react(ROOM, answer["ts"], ALICE, "thumbsdown")
    await desk.fake.wait_for(lambda: desk.fake.ephemerals)

    assert [(p.action, p.value, p.person) for p in desk.presses] == [
        ("helpful", message.key, BOB), ("not_helpful", message.key, ALICE),
    ]  # fmt: skip
    assert {p.conversation for p in desk.presses} == {message.conversation}
    [offered] = desk.fake.ephemerals  # whoever finds it helpful is not bothered with thanks
    assert (offered["user"], offered["thread_ts"]) == (ALICE, message.conversation.thread)


async def test_a_thumb_that_is_taken_back_counts_no_more(desk):
    message, answer = await reply(desk)
    await desk.fake.user_react(ROOM, answer["ts"], BOB, "-1")
    await desk.fake.wait_for(lambda: len(desk.presses) == 1)
    await desk.fake.user_unreact(ROOM, answer["ts"], BOB, "-1")
    await desk.fake.wait_for(lambda: len(desk.presses) == 2)

    last = desk.presses[-1]
    assert (last.action, last.value, last.filled) == ("feedback.take_back", message.key, {"said": "not_helpful"})


async def test_other_emoji_and_other_peoples_messages_mean_nothing(desk):
    message, answer = await reply(desk)
    await desk.fake.user_react(ROOM, answer["ts"], BOB, "eyes")
    await desk.fake.user_react(ROOM, message.handle, BOB, "+1")
    other = await desk.fake.user_message(ROOM, BOB, "<@U0BOT> and cats?")
    await desk.message(2)

    assert desk.presses == []
    assert other["ts"] not in str(desk.calls("conversations.replies"))


async def test_which_emoji_mean_something_is_a_setting(fake):
    async with working(fake, helpful_reactions=[":tada:"], not_helpful_reactions=[]) as desk:
        _, answer = await reply(desk)
        for name in ("+1", "-1", "tada"):
            await fake.user_react(ROOM, answer["ts"], BOB, name)
        await fake.wait_for(lambda: desk.presses)
        await asyncio.sleep(0)

        assert [p.action for p in desk.presses] == ["helpful"]


# The Home tab


async def test_the_home_tab_is_written_for_whoever_opens_it(desk):
    desk.says = (
        "**Your last questions**\n\n- [open](<https://test.slack.com/archives/C0GENERAL/p1>) <!here> "
        "[evil](<https://evil.example.net/a>)"
    )
    desk.offers = (Button("Documents", "kb.list", "T0TEAM|1||"),)
    desk.fake.users[ALICE]["locale"] = "zh-CN"
    await desk.fake.open_home(ALICE)
    await desk.fake.wait_for(lambda: ALICE in desk.fake.homes)

    [command] = desk.commands
    assert (command.name, command.person, command.language) == ("home", ALICE, "zh")
    assert "Your last questions" in shown(desk.fake.homes[ALICE])
    links = str(desk.fake.homes[ALICE]["blocks"]).replace("'", '"')
    assert "archives/C0GENERAL/p1" in links
    assert "evil.example" not in links
    assert '"broadcast"' not in links

    desk.says = "Nothing is loaded."
    assert (await desk.fake.click_home(ALICE, "fd:kb.list:0"))["ok"]
    private = desk.fake._dm(ALICE)["id"]
    await desk.fake.wait_for(lambda: desk.fake.messages(private, from_bot=True))
    assert desk.presses[-1].conversation == Conversation("slack", "T0TEAM", "", "")


async def test_opening_the_messages_is_not_opening_the_home_tab(desk):
    await desk.fake.open_home(BOB)
    await desk.fake.wait_for(lambda: BOB in desk.fake.homes)
    desk.fake._emit("app_home_opened", {"type": "app_home_opened", "user": ALICE, "channel": "D0ALICE",
                    "tab": "messages", "event_ts": "1.0"}, None)  # fmt: skip
    await desk.fake.user_dm(ALICE, "hello")
    await desk.message()

    assert [c.person for c in desk.commands] == [BOB]


async def test_a_home_tab_that_fails_breaks_nothing_else(desk):
    async def failing(command):
        raise RuntimeError("no such table: turns")

    desk.command = failing
    await desk.fake.open_home(ALICE)
    await desk.fake.user_dm(ALICE, "hello")

    assert (await desk.message()).text == "hello"
