"""Asking on the page, over real HTTP and real Server-Sent Events."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from bot.channel import Entry, Form, Placed, Post
from bot.web import Web
from engine.errors import SettingsError
from engine.growing import Growing
from engine.types import Addressed, Audience, Conversation, Message, Outcome, Reply
from tests.web.desk import MANUAL, Visitor, answered, serving, until

TALK = "11111111-talk"


async def test_a_question_is_answered_202_only_when_it_is_kept(visitor, desk):
    assert await visitor.ask(TALK, "q-0000001", "How do I charge it?") == 202
    message = desk.last
    assert message.text == "How do I charge it?"
    assert message.addressed is Addressed.DIRECT
    assert message.conversation == Conversation("web", "acme", message.author, TALK)
    assert message.id == f"{message.author}:q-0000001"


async def test_a_desk_that_cannot_keep_it_says_so_and_the_same_question_can_be_sent_again(visitor, desk):
    desk.full = True
    status, said = await visitor.post(f"/api/conversations/{TALK}/messages", {"id": "q-0000001", "text": "Hello?"})
    assert (status, said["error"]) == (503, "unavailable")
    assert "again" in said["message"]
    desk.full = False
    assert await visitor.ask(TALK, "q-0000001", "Hello?") == 202


async def test_a_question_sent_twice_is_one_question(visitor, desk):
    await visitor.ask(TALK, "q-0000001", "How do I charge it?")
    assert await visitor.ask(TALK, "q-0000001", "How do I charge it?") == 202
    _, talk = await visitor.get(f"/api/conversations/{TALK}")
    assert [e["question"] for e in talk["exchanges"]] == ["How do I charge it?"]


async def test_an_answer_grows_on_the_open_page_and_ends_with_its_sources(visitor, desk):
    await visitor.ask(TALK, "q-0000001", "How do I charge it?")
    async with visitor.following(TALK) as events:
        assert (await until(events, state="waiting"))["html"] == ""
        async with desk.answering(desk.last) as growing:
            await until(events, state="writing", html="")
            growing.add("Use the **cable** [1].")
            first = await until(
                events, state="writing", html='<p>Use the <strong>cable</strong> <span class="source">[1]</span>.</p>'
            )
            assert first["outcome"] is None
            growing.add("\n\n```\nlamp --charge\n")  # a fence that is still open
            assert "<pre>" in (await until(events, state="writing"))["html"]
            growing.finish(answered("Use the **cable** [1].\n\n```\nlamp --charge\n```", MANUAL))
        done = await until(events, state="done")
    assert done["outcome"] == "answered"
    assert done["sources"] == [
        {
            "number": 1,
            "title": "Lamp manual",
            "heading": "Charging > First time",
            "url": "https://docs.example/lamp#charging",
            "dated": 0.0,
        }
    ]
    assert 'href="https://docs.example/lamp#charging"' in done["html"]


async def test_a_page_that_connects_late_is_told_how_things_stand(visitor, desk):
    await visitor.ask(TALK, "q-0000001", "How do I charge it?")
    async with desk.answering(desk.last) as growing:
        growing.add("Use the cable.")
        async with visitor.following(TALK) as events:
            await until(events, state="writing", html="<p>Use the cable.</p>")
        growing.add(" Wait an hour.")
        async with visitor.following(TALK) as events:  # the connection was lost, the browser is back
            await until(events, state="writing", html="<p>Use the cable. Wait an hour.</p>")
        growing.finish(answered("Use the cable. Wait an hour."))
    async with visitor.following(TALK) as events:
        await until(events, state="done", html="<p>Use the cable. Wait an hour.</p>")


async def test_an_answer_written_by_another_worker_arrives_too(visitor, desk):
    """Its states are in that worker; this one finds the end in the database."""
    await visitor.ask(TALK, "q-0000001", "How do I charge it?")
    async with visitor.following(TALK) as events:
        await until(events, state="waiting")
        desk.kept[desk.last.id].reply = answered("Use the cable [1].", MANUAL)
        assert (await until(events, state="done"))["outcome"] == "answered"


async def test_an_answer_that_broke_off_leaves_nothing_that_was_not_meant_to_stand(visitor, desk):
    await visitor.ask(TALK, "q-0000001", "How do I charge it?")
    async with visitor.following(TALK) as events:
        with pytest.raises(ConnectionError):
            async with desk.answering(desk.last) as growing:
                growing.add("Use the")
                await until(events, state="writing", html="<p>Use the</p>")
                raise ConnectionError("the model server has gone")
        assert (await until(events, state="waiting"))["html"] == ""
        await desk.answer(desk.last, answered("Use the cable."))
        await until(events, state="done", html="<p>Use the cable.</p>")


async def test_a_withdrawn_answer_disappears(visitor, desk):
    await visitor.ask(TALK, "q-0000001", "How do I charge it?")
    message = desk.last
    async with visitor.following(TALK) as events:
        async with desk.answering(message) as growing:
            growing.add("Use the cable.")
            growing.finish(answered("Use the cable."))
        await until(events, state="done")
        del desk.kept[message.id]
        await desk.web.withdraw(Post(f"post of {message.id}", message))
        await until(events, event="gone", id="q-0000001")


async def test_silence_is_shown_as_silence(visitor, desk):
    await visitor.ask(TALK, "q-0000001", "Thanks!")
    async with visitor.following(TALK) as events:
        desk.kept[desk.last.id].reply = Reply.ignore("thanks")
        ended = await until(events, state="done")
    assert (ended["outcome"], ended["html"]) == ("ignored", "")


async def test_the_list_shows_the_first_question_of_each_conversation_newest_first(visitor, desk):
    await visitor.ask("talk-one", "q-0000001", "First\n  thing?")
    await desk.answer(desk.last, answered("Yes."))
    await visitor.ask("talk-one", "q-0000002", "And then?")
    await visitor.ask("talk-two", "q-0000003", "Long " * 100)
    _, listed = await visitor.get("/api/conversations")
    assert [(c["id"], c["title"][:12]) for c in listed["conversations"]] == [
        ("talk-two", "Long Long Lo"),
        ("talk-one", "First thing?"),
    ]
    assert len(listed["conversations"][0]["title"]) <= 90


async def test_the_history_has_questions_answers_and_what_was_pressed(visitor, desk):
    await visitor.ask(TALK, "q-0000001", "How do I charge it?")
    await desk.answer(desk.last, answered("Use the cable [1].", MANUAL))
    status, said = await visitor.post(f"/api/conversations/{TALK}/messages/q-0000001/press", {"action": "not_helpful"})
    assert (status, said["html"]) == (200, "<p>Thank you, that is <strong>noted</strong>.</p>")
    press = desk.pressed_[0]
    assert (press.action, press.value, press.person) == ("not_helpful", f"post of {desk.last.id}", desk.last.author)
    _, talk = await visitor.get(f"/api/conversations/{TALK}")
    [exchange] = talk["exchanges"]
    assert exchange["state"] == "done"
    assert exchange["helpful"] is False
    assert exchange["sources"][0]["number"] == 1


async def test_not_helpful_asks_why_and_takes_the_words(visitor, desk):
    desk.asks = Form("What was wrong?", "feedback.said", "p", (Entry("why", "What was wrong?", lines=True),))
    await visitor.ask(TALK, "q-0000001", "How do I charge it?")
    await desk.answer(desk.last, answered("Use the cable [1].", MANUAL))
    path = f"/api/conversations/{TALK}/messages/q-0000001/press"
    _, said = await visitor.post(path, {"action": "not_helpful"}, **{"Accept-Language": "zh-CN,en;q=0.5"})
    assert said["form"]["entries"][0] == {
        "name": "why", "label": "What was wrong?", "value": "", "hint": "", "lines": True, "required": True,
        "most": 2_000,
    }  # fmt: skip
    status, said = await visitor.post(path, {"action": "feedback.said", "filled": {"why": "It <b>broke</b>"}})
    assert (status, said["form"]) == (200, None)
    first, last = desk.pressed_
    assert (first.language, last.language) == ("zh", "en")
    assert (last.action, last.value, last.filled) == ("feedback.said", first.value, {"why": "It <b>broke</b>"})
    for filled in ({"why": 7}, ["why"], "why", {"why": "x" * 4_001}, dict.fromkeys("abcdef", "")):
        assert (await visitor.post(path, {"action": "feedback.said", "filled": filled}))[0] == 400
    assert len(desk.pressed_) == 2


async def test_a_button_that_does_not_exist_is_refused(visitor, desk):
    await visitor.ask(TALK, "q-0000001", "How do I charge it?")
    path = f"/api/conversations/{TALK}/messages/q-0000001/press"
    assert (await visitor.post(path, {"action": "delete everything"}))[0] == 400
    assert (await visitor.post(path, {"action": ["person"]}))[0] == 400
    assert (await visitor.post(path.replace("q-0000001", "q-0000002"), {"action": "person"}))[0] == 404
    assert desk.pressed_ == []


async def test_commands_are_answered_privately_and_asking_commands_become_questions(visitor, desk):
    path = f"/api/conversations/{TALK}/messages"
    status, said = await visitor.post(path, {"id": "q-0000001", "text": "/why"})
    assert (status, said) == (200, {"html": "<p>You said <code>why</code>.</p>", "command": "why"})
    await visitor.post(path, {"id": "q-0000002", "text": "/kb remove manual.md"})
    assert [(c.name, c.text) for c in desk.commands] == [("why", ""), ("kb remove", "manual.md")]
    assert await visitor.ask(TALK, "q-0000003", "/draft a reply\nto Bob") == 202
    assert (desk.last.command, desk.last.text, desk.last.addressed) == ("draft", "a reply\nto Bob", Addressed.COMMAND)
    assert await visitor.ask(TALK, "q-0000004", "/etc/passwd is where?") == 202
    assert (desk.last.command, desk.last.text) == ("", "/etc/passwd is where?")


async def test_a_deleted_conversation_is_gone(visitor, desk):
    await visitor.ask(TALK, "q-0000001", "How do I charge it?")
    assert (await visitor.delete(f"/api/conversations/{TALK}"))[1] == {"deleted": 1}
    assert desk.kept == {}
    assert (await visitor.get(f"/api/conversations/{TALK}"))[0] == 404
    assert (await visitor.get("/api/conversations"))[1] == {"conversations": []}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": "q-0000001"},
        {"id": "q-0000001", "text": " \n"},
        {"id": "../../x", "text": "Hi"},
        {"id": 7, "text": "Hi"},
        [1],
        "Hi",
    ],
)
async def test_what_is_no_question_is_refused(visitor, desk, body):
    assert (await visitor.post(f"/api/conversations/{TALK}/messages", body))[0] == 400
    assert desk.kept == {}


async def test_a_question_that_is_too_long_is_refused_in_plain_words(visitor, desk):
    status, said = await visitor.post(f"/api/conversations/{TALK}/messages", {"id": "q-0000001", "text": "x" * 300_000})
    assert (status, said["error"]) == (413, "too_long")
    assert await visitor.ask(TALK, "q-0000002", "x" * 100_000) == 202


async def test_a_stopping_desk_takes_nothing_in_and_finishes_what_it_shows():
    async with serving() as (base, desk), aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        visitor = Visitor(base, session)
        await session.get(base + "/")
        await visitor.ask(TALK, "q-0000001", "How do I charge it?")
        async with visitor.following(TALK) as events:
            await until(events, state="waiting")
            run = next(t for t in asyncio.all_tasks() if getattr(t.get_coro(), "__qualname__", "") == "Web.run")
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
            with pytest.raises(aiohttp.ClientConnectionError):
                await aiohttp.request("GET", base + "/api/about").__aenter__()
            await desk.answer(desk.last, answered("Use the cable."))
            await until(events, state="done", html="<p>Use the cable.</p>")
            await desk.web.close()
            assert [e async for e in events] == []


async def test_showing_the_same_post_again_makes_no_second_placing():
    web = Web()
    message = Message("web-a:q", Conversation("web", "acme", "web-a", TALK), "web-a", "Hi", Addressed.DIRECT)
    growing = Growing()
    growing.finish(answered("Hello."))

    async def never(shown: str) -> None:
        raise AssertionError(f"{shown} was placed before")

    place: Placed = never
    await web.stream(Post("k", message, placed=("k",), again=True), growing, place)


async def test_the_audience_is_the_workspace_and_the_visitor_or_only_the_public():
    message = Message("web-a:q", Conversation("web", "acme", "web-a", TALK), "web-a", "Hi", Addressed.DIRECT)
    assert await Web(workspace="acme").audience(message) == Audience.of("acme", "workspace", "user:web-a")
    assert await Web(workspace="acme", readers="public").audience(message) == Audience.of("acme")


async def test_a_taken_address_is_a_settings_error_that_says_so(served):
    base, _ = served
    with pytest.raises(SettingsError, match="setting listen of bot"):
        async with serving(listen=base.removeprefix("http://")):
            pass


async def test_doctor_hears_what_is_wrong():
    assert [f.works for f in await Web().check()] == [True]
    [missing] = await Web(listen="0.0.0.0:8080").check()
    assert not missing.works and "FRONTDESK_WEB_SECRET" in missing.advice
    [short] = await Web(secret="abc").check()
    assert not short.works and "abc" not in short.advice


async def test_handed_off_is_an_outcome_of_its_own(visitor, desk):
    await visitor.ask(TALK, "q-0000001", "May I have a refund?")
    await desk.answer(desk.last, Reply.hand_off("refunds", text="A person will look at this."))
    _, talk = await visitor.get(f"/api/conversations/{TALK}")
    assert talk["exchanges"][0]["outcome"] == Outcome.HANDED_OFF
