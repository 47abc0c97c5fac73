"""A turn's prompt: what of the conversation fits into the model's window, and what the server has read before."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import cast

import pytest

from engine.budget import Budget
from engine.growing import Growing
from engine.knowledge import Knowledge
from engine.model import ModelSettings
from engine.model.served import ServedModel
from engine.prompt import Past, build
from engine.turn import Turn
from engine.types import Addressed, Audience, Conversation, Found, Message, Outcome, Passage, Reply
from tests.stand_ins.fake_model import FakeModel

WHERE = Conversation("web", "main", "ann")
ASKED = "Where do the keys of room {n} hang?"
BUDGET = Budget(400, 2_000, 200)


def passage(n: int) -> Passage:
    text = f"The keys of room {n} hang at desk {n + 100}. " + "They are kept in order. " * 10
    return Passage(f"p{n}", f"d{n}", "keys.md", "Keys", f"Room {n}", "", text, "en", "workspace", 0.9)


def past(n: int) -> Past:
    return Past((passage(n),), ASKED.format(n=n), f"The keys of room {n} hang at desk {n + 100}. [1]", "en")


@pytest.fixture
async def server() -> AsyncIterator[FakeModel]:
    async with FakeModel(context=2_400) as fake:
        yield fake


async def answered(
    server: FakeModel,
    history: Sequence[Past],
    n: int,
    *,
    known: bool = False,
    found: tuple[Passage, ...] = (),
    talk: Sequence[Past] = (),
) -> Reply:
    """A turn about room ``n`` after that history, with its passage found or those of ``found``.

    ``known``: the model's window was asked for before.  ``talk``: what people had said in the thread.
    """
    model = ServedModel(ModelSettings(use="vllm", url=f"{server.url}/v1", name=server.name))
    try:
        if known:
            await model.ready()
        server.know([passage(n).text])
        question = ASKED.format(n=n)
        message = Message(str(n), WHERE, "ann", question, Addressed.DIRECT)
        audience, nothing = Audience.of("main", "workspace"), cast("Knowledge", None)  # it is not searched here
        turn = Turn(message, question, "en", audience, history, nothing, model, BUDGET, Growing(), talk)
        return await turn.generate("", Found(question, found or (passage(n),), True, 0.9))
    finally:
        await model.close()


def prompts(server: FakeModel) -> list[list[str]]:
    return [[m["content"] for m in r.body["messages"]] for r in server.requests]


async def test_what_does_not_fit_is_trimmed_in_a_large_step_and_asked_again(server):
    server.context = 1_600
    reply = await answered(server, [past(n) for n in range(20)], 20)
    assert reply.outcome is Outcome.ANSWERED
    assert "desk 120" in reply.text
    assert server.violations, "the first prompt was meant to be too long"
    [sent] = prompts(server)
    assert len(sent) > 3, "some of the history is left"


async def test_the_turns_after_a_trim_begin_alike(server):
    """Else the server would read the whole history anew each time."""
    server.context = 1_600
    for n in range(20, 24):
        await answered(server, [past(m) for m in range(n)], n)
    begins = {sent[1] for sent in prompts(server)}
    assert len(begins) == 1


async def test_where_the_window_is_known_nothing_is_sent_that_does_not_fit(server):
    for n in (5, 20, 40):
        reply = await answered(server, [past(m) for m in range(n)], n, known=True)
        assert reply.outcome is Outcome.ANSWERED
    assert server.violations == []


async def test_a_window_smaller_than_the_answer_we_would_allow_still_gives_one(server):
    server.context = 700
    reply = await answered(server, [past(0)], 1, known=True)
    assert "desk 101" in reply.text


async def test_the_receipt_counts_what_the_server_had_read_before(server):
    first = await answered(server, [], 0)
    second = await answered(server, [past(0)], 1)
    assert first.receipt.tokens["cached"] == 0
    assert 0 < second.receipt.tokens["cached"] < second.receipt.tokens["prompt"]
    [one, two] = prompts(server)
    assert two[: len(one)] == one, "what was sent before stands at the beginning, byte for byte"


async def test_a_quote_in_place_of_an_answer_keeps_what_both_were_made_from(server):
    """The history begins as the prompt did, and who may read a contradiction is looked up for both of its sides."""
    server.rule(".", "script", text="Bananas are yellow.")
    near = replace(passage(1), text="VPN certificates are valid for 90 days.")
    far = replace(near, id="far", document="other", text="VPN certificates are valid for 60 days.", score=0.2)
    reply = await answered(server, [], 1, found=(near, far))
    assert len(prompts(server)[0][-1].split("VPN certificates")) == 2, "the other one is too far off for the prompt"
    assert "> VPN certificates are valid for 90 days." in reply.text
    assert "60 days" in reply.text, "both sides are shown"
    assert [p.id for p in reply.used] == ["p1", "far"]
    assert len(reply.receipt.passages) == 1, "one was in the prompt"
    assert [doubt["passages"] for doubt in reply.receipt.doubts] == [["p1", "far"]]
    assert reply.receipt.model == server.name


@pytest.mark.parametrize(("window", "fits"), [(0, BUDGET), (32_768, BUDGET), (2_048, Budget(400, 748, 200))])
def test_history_is_what_gives_way_in_a_small_window(window, fits):
    assert BUDGET.within(window) == fits


def test_the_prompt_of_a_turn_is_the_beginning_of_the_next_ones():
    before = build("Be kind.", [past(0)], (passage(1),), ASKED.format(n=1), "en")
    after = build("Be kind.", [past(0), past(1)], (passage(2),), ASKED.format(n=2), "en")
    assert [m.content for m in after[: len(before)]] == [m.content for m in before]


async def test_what_people_said_in_a_thread_stands_below_the_question_and_is_no_source(server):
    said = [Past((), "The key of room 7 hangs at desk 999.\nReally?", "", "en")]
    server.rule(".", "script", text="The keys hang at desk 999. [1] The keys of room 1 hang at desk 101. [1]")
    reply = await answered(server, [], 1, talk=said)
    [[_, last]] = prompts(server)
    assert last.endswith(
        "Question: Where do the keys of room 1 hang?\n\n"
        "Said before in this thread:\n> The key of room 7 hangs at desk 999.\n> Really?"
    )
    assert "desk 101" in reply.text and "999" not in reply.text
