"""Which model or adapter writes a turn, and what its receipt tells of that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from engine import Plugin, Reply
from engine.assistant import Assistant
from engine.budget import Budget
from engine.growing import Growing
from engine.model import ModelSettings
from engine.model.served import ServedModel
from engine.turn import Turn
from engine.types import Addressed, Audience, Conversation, Found, Message, Passage
from tests.model.replica import Replica

TEXT = "The keys of the archive hang at desk nine."
PASSAGE = Passage("p", "d", "keys.md", "Keys", "Archive", "", TEXT, "en", "workspace", 0.9)
QUESTION = "Where do the keys of the archive hang?"


class Letters(Plugin):
    async def answer(self, turn: Turn) -> Reply | None:
        return await turn.generate("", Found(QUESTION, (PASSAGE,), True, 0.9, notes=("a note of the search",)))


@pytest.fixture
async def server() -> AsyncIterator[Replica]:
    async with Replica(adapters=("acme-tone", "letters")) as replica:
        replica.know([TEXT])
        yield replica


@asynccontextmanager
async def desk(server: Replica, plugin: Plugin, **settings: object) -> AsyncIterator[Assistant]:
    model = ServedModel(ModelSettings(use="vllm", url=f"{server.url}/v1", **settings))
    yield Assistant(None, None, model, [plugin], Budget(400, 2_000, 200))  # type: ignore[arg-type]  # nothing is searched
    await model.close()


async def answered(assistant: Assistant, workspace: str = "acme") -> Reply:
    message = Message("1", Conversation("web", workspace, "ann"), "ann", QUESTION, Addressed.DIRECT)
    return await assistant.respond(message, Audience.of(workspace, "workspace"), [], Growing())


async def test_the_workspaces_adapter_writes_and_stands_in_the_receipt(server):
    async with desk(server, Letters(), adapters={"acme": "acme-tone"}) as assistant:
        assert (await answered(assistant)).receipt.model == "acme-tone"
        assert (await answered(assistant, "globex")).receipt.model == "fake-7b"
    assert [r.body["model"] for r in server.requests] == ["acme-tone", "fake-7b"]


async def test_a_plugins_own_adapter_goes_before_it(server):
    async with desk(server, Letters(adapter="letters"), adapters={"acme": "acme-tone"}) as assistant:
        reply = await answered(assistant)
    assert reply.receipt.model == "letters"
    assert reply.receipt.notes == ("a note of the search",)


async def test_an_adapter_that_is_not_there_costs_nobody_their_answer(server):
    async with desk(server, Letters(adapter="gone")) as assistant:
        reply = await answered(assistant)
    assert "desk nine" in reply.text
    assert reply.receipt.model == "fake-7b"
    assert "adapter gone is not loaded" in reply.receipt.notes[1]


async def test_what_failed_before_the_answer_is_counted(server):
    server.rule(".", "status", status=503, times=1)
    async with desk(server, Letters()) as assistant:
        reply = await answered(assistant)
    assert "desk nine" in reply.text
    assert reply.receipt.failures == 1


async def test_a_server_that_breaks_off_is_not_asked_anew_and_the_passage_is_quoted(server):
    server.rule(".", "hang", after=2)
    async with desk(server, Letters(), idle_s=0.2) as assistant:
        reply = await answered(assistant)
    assert f"> {TEXT}" in reply.text
    assert "fell silent" in reply.reason
    assert len(server.requests) == 1
