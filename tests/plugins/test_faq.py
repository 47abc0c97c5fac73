"""The FAQ plugin: how sure must it be?"""

from dataclasses import dataclass

import pytest

from engine.budget import Budget
from engine.growing import Growing
from engine.turn import Turn
from engine.types import Addressed, Audience, Conversation, Found, Message, Outcome, Passage
from plugins.faq import Faq

PASSAGE = Passage("p", "d", "keys.md", "Keys", "Keys", "", "Keys hang at reception.", "en", "workspace", 0.4)
ASKED = Message("1", Conversation("web", "main", "ann"), "ann", "Where do the keys hang?", Addressed.DIRECT)


@dataclass(slots=True)
class Searched(Turn):
    """A turn whose search has already found something; there is no model."""

    found: Found | None = None

    async def verified(self) -> None:
        return None

    async def small_talk(self, *, likely: bool = False) -> None:
        return None

    async def search(self, text: str = "", *, limit: int = 5, precision: float = 0.95) -> Found:
        assert self.found
        assert precision == 0.95
        return self.found


def turn(*, confidence: float, enough: bool) -> Searched:
    found = Found(ASKED.text, (PASSAGE,), enough, confidence, {})
    budget = Budget(300, 300, 100)
    return Searched(
        ASKED, ASKED.text, "en", Audience.of("main", "workspace"), (), None, None, budget, Growing(), found=found
    )


@pytest.mark.parametrize(
    ("confidence", "enough", "outcome", "word"),
    [
        (0.9, True, Outcome.ANSWERED, "This is what the documents say"),
        (0.6, False, Outcome.ANSWERED, "not sure"),
        (0.2, False, Outcome.HANDED_OFF, "person"),
    ],
)
async def test_without_a_model_doubt_is_said(confidence, enough, outcome, word):
    reply = await Faq().answer(turn(confidence=confidence, enough=enough))
    assert reply
    assert reply.outcome is outcome
    assert word in reply.text
    assert ("reception" in reply.text) == (outcome is Outcome.ANSWERED)


async def test_how_sure_it_must_be_is_a_setting():
    reply = await Faq(confidence=0.7).answer(turn(confidence=0.6, enough=False))
    assert reply
    assert reply.outcome is Outcome.HANDED_OFF


async def test_it_asks_what_a_word_stands_for_and_can_be_told_not_to():
    vague = turn(confidence=0.9, enough=True)
    vague.question = "Where can I find them?"

    reply = await Faq().answer(vague)
    assert reply
    assert (reply.outcome, reply.reason, reply.sources) == (Outcome.ANSWERED, "asked back", ())
    assert "them" in reply.text
    assert reply.receipt.passages

    reply = await Faq(asks_back=False).answer(vague)
    assert reply
    assert "reception" in reply.text
