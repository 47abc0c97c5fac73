"""Which plugin is asked for a message, what a plugin may keep of it, and free text by the model."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import pytest

from engine import Outcome, Past, Plugin, Reply, Turn
from engine.assistant import Assistant
from engine.budget import Budget
from engine.errors import Queued
from engine.growing import Growing
from engine.model import ModelSettings
from engine.model.served import ServedModel
from engine.types import Addressed, Audience, Conversation, Message
from tests.model.replica import Replica


class Desk(Plugin):
    async def answer(self, turn: Turn) -> Reply | None:
        return Reply(Outcome.ANSWERED, f"desk: {turn.question}")


class Shy(Plugin):
    async def answer(self, turn: Turn) -> Reply | None:
        return None


class Poems(Plugin):
    commands: ClassVar[Mapping[str, str]] = {"poem": "Write a poem"}
    kind: ClassVar[Literal["grounded", "draft"]] = "draft"

    def claims(self, turn: Turn) -> bool:
        goes_on = bool(turn.history) and turn.history[-1].plugin == self.name and "shorter" in turn.question
        return goes_on or turn.question.startswith("rhyme")

    async def answer(self, turn: Turn) -> Reply | None:
        if "not this" in turn.question:
            return None
        return turn.drafted(f"poem: {turn.question}", kept={"lines": 4})


async def asked(text: str, *plugins: Plugin, command: str = "", past: tuple[Past, ...] = ()) -> Reply:
    assistant = Assistant(None, None, None, plugins, Budget(400, 2_000, 200))  # type: ignore[arg-type]  # nothing is searched
    message = Message("1", Conversation("web", "acme", "ann"), "ann", text, Addressed.DIRECT, command=command)
    return await assistant.respond(message, Audience.of("acme", "workspace"), past, Growing())


async def test_the_first_plugin_that_answers_is_the_only_one():
    reply = await asked("Where is it?", Shy(), Desk(), Desk())
    assert (reply.text, reply.receipt.plugin) == ("desk: Where is it?", "desk")


@pytest.mark.parametrize("text", ["/poem on keys", "/Poem: on keys", "poem: on keys", "/frontdesk poem on keys"])
async def test_a_command_typed_at_the_beginning_is_the_plugins_that_claims_it(text):
    reply = await asked(text, Desk(), Poems())
    assert reply.receipt.plugin == "poems"
    assert "poem: on keys" in reply.text


@pytest.mark.parametrize(
    "text", ["poem on keys", "/poems on keys", "/poem/keys", "note: a poem", "/etc is full", "Poem: E4 blinks"]
)
async def test_what_only_looks_like_a_command_is_a_question(text):
    assert (await asked(text, Desk(), Poems())).receipt.plugin == "desk"


async def test_a_plugin_that_claims_the_words_goes_before_the_others_and_may_still_decline():
    assert (await asked("rhyme on keys", Desk(), Poems())).receipt.plugin == "poems"
    assert (await asked("rhyme, but not this", Desk(), Poems())).receipt.plugin == "desk"
    assert (await asked("Where are keys?", Poems(), Desk())).receipt.plugin == "desk"


async def test_a_plugin_goes_on_with_what_it_said_last():
    said = Past((), "rhyme", "poem", "en", plugin="poems")
    assert (await asked("shorter please", Desk(), Poems(), past=(said,))).receipt.plugin == "poems"
    assert (await asked("shorter please", Desk(), Poems())).receipt.plugin == "desk"


async def test_a_command_nobody_answers_goes_to_a_person_and_to_no_other_plugin():
    reply = await asked("not this", Desk(), Poems(), command="poem")
    assert (reply.outcome, reply.reason) == (Outcome.HANDED_OFF, "no plugin answered")


async def test_a_draft_is_labelled_and_keeps_what_its_plugin_wants_to_know_later():
    reply = await asked("hello", Desk(), Poems(), command="poem")
    assert reply.text == "*Draft by the bot. Read it before you use it.*\n\npoem: hello"
    assert (reply.reason, reply.receipt.kept) == ("a draft", {"lines": 4})
    assert not (await asked("Where?", Desk())).text.startswith("*Draft")


class Free(Plugin):
    async def answer(self, turn: Turn) -> Reply | None:
        written = await turn.compose("Write freely.", turn.question, past=[("before", "said")], tokens=40)
        return turn.drafted(written.text)


async def test_free_text_is_the_models_with_its_tokens_in_the_receipt():
    async with Replica() as server:
        model = ServedModel(ModelSettings(use="vllm", url=f"{server.url}/v1"))
        assistant = Assistant(None, None, model, [Free()], Budget(400, 2_000, 200))  # type: ignore[arg-type]  # nothing is searched
        message = Message("1", Conversation("web", "acme", "ann"), "ann", "Write of keys.", Addressed.DIRECT)
        reply = await assistant.respond(message, Audience.of("acme", "workspace"), [], Growing())
        await model.close()
    body = server.requests[0].body
    assert [m["content"] for m in body["messages"]] == ["Write freely.", "before", "said", "Write of keys."]
    assert body["max_tokens"] == 40
    assert reply.outcome is Outcome.ANSWERED
    assert reply.text
    assert reply.receipt.model == "fake-7b"
    assert reply.receipt.tokens["completion"] > 0


async def test_free_text_waits_for_a_model_that_is_away():
    model = ServedModel(ModelSettings(use="vllm", url="http://127.0.0.1:9/v1"))
    assistant = Assistant(None, None, model, [Free()], Budget(400, 2_000, 200))  # type: ignore[arg-type]  # nothing is searched
    message = Message("1", Conversation("web", "acme", "ann"), "ann", "Write of keys.", Addressed.DIRECT)
    with pytest.raises(Queued, match="model"):
        await assistant.respond(message, Audience.of("acme", "workspace"), [], Growing())
    await model.close()
