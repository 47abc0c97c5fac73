"""The prompt: the same history gives the same bytes, and it is trimmed rarely."""

from collections.abc import Sequence

from engine.prompt import NO_ANSWER, Past, ask, build, estimated, recent
from engine.types import Passage


def passage(n: int) -> Passage:
    return Passage(f"p{n}", "d", "s", "Title", "Part", "", f"Fact number {n}.", "en", "workspace")


def past(n: int) -> Past:
    return Past((passage(n),), f"Question {n}?", f"Fact number {n}. [1]", "en")


def contents(history: list[Past], question: str = "And now?") -> list[str]:
    return [str(m.content) for m in build("Be kind.", recent(history, 600), (passage(99),), question, "en")]


def size(history: Sequence[Past]) -> int:
    return sum(estimated(ask(p.passages, p.question, "en")) + estimated(p.answer) for p in history)


def test_what_is_the_same_for_everybody_comes_first():
    one, two = contents([], "A?")[0], contents([past(1)], "B?")[0]
    assert one == two
    assert NO_ANSWER in one
    assert "Be kind." in one


def test_a_further_turn_only_adds_to_the_prompt():
    before, after = contents([past(1)]), contents([past(1), past(2)])
    assert after[: len(before) - 1] == before[:-1]


def test_the_question_stands_last_behind_its_passages():
    text = ask((passage(1), passage(2)), "How?", "zh")
    assert text.index("[1] Title > Part\nFact number 1.") < text.index("[2]") < text.index("Question: How?")
    assert "Chinese" in text


def test_history_is_trimmed_in_large_steps():
    """The turn that history begins with stays the same over many turns."""
    history = [past(n) for n in range(60)]
    begins = [recent(history[:n], 600)[0].question for n in range(1, 60)]
    assert len(set(begins)) < len(begins) / 4
    assert all(size(recent(history[:n], 600)) <= 600 for n in range(1, 60))
