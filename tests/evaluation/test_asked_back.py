"""Who asks back has neither answered nor handed over."""

from __future__ import annotations

import orjson

from bot.scores_page import page
from bot.scores_shown import scores_in_words
from engine.clarify import ASKED_BACK
from engine.evaluation import Case, _Scored, _scores, compared
from engine.evaluation import kept as kept_of
from engine.types import Outcome, Reply

REPLIES = {
    "answered": Reply(Outcome.ANSWERED, "It is valid for 90 days [1].", "en", confidence=0.9),
    "asked": Reply(Outcome.ANSWERED, "Do you mean “A” or “B”?", "en", confidence=0.8, reason=ASKED_BACK),
    "handed": Reply.hand_off("nothing answers this"),
}


def scored(id_: str, *, unanswerable: bool = False) -> _Scored:
    case = Case(id=id_, question="How long?", answer=() if unanswerable else "90 days", unanswerable=unanswerable)
    reply = REPLIES[id_]
    return _Scored(case, "en", -1, reply.confidence, enough=True, reply=reply, ms=1.0)


def shown(one: _Scored) -> dict:
    names = ("answered", "asked_back", "right", "good", "confidence", "rank", "ms", "language")
    return {"id": one.case.id, "question": one.case.question, "text": one.reply.text, "reason": one.reply.reason,
            **{name: getattr(one, name) for name in names}}  # fmt: skip


def test_it_is_a_count_of_its_own_and_no_mistake() -> None:
    answered, asked, handed = (scored(id_) for id_ in REPLIES)
    row = _scores([answered, asked, handed])
    assert (row["answered"], row["asked_back"], row["handed_off"]) == (1, 1, 1)
    assert row["precision"] == 1.0 and row["intervals"]["precision"]["n"] == 1
    assert (asked.answered, asked.right, asked.good) == (False, None, None)
    assert scored("asked", unanswerable=True).good is True


def test_it_is_told_in_words_on_the_page_and_in_a_comparison() -> None:
    cases = [scored(id_) for id_ in REPLIES]
    row = orjson.loads(orjson.dumps({**_scores(cases), "by_language": {}, "compared": None}))
    assert scores_in_words(row).startswith("3 cases, 1 answered, 1 asked back, 1 handed over")
    assert "3 cases, 1 answered, 1 asked back, 1 handed over" in page(row, [shown(one) for one in cases])

    [now] = [{**kept_of(shown(cases[1])), "question": "How long?"}]
    before = {name: value for name, value in now.items() if name != "asked_back"} | {"good": True, "answered": True}
    moved = compared(row, [now], row, [before]) | {"at": 0.0, "run": 1, "others": {}}
    assert [m["id"] for m in moved["worse"]] == ["asked"]
    assert "(answered → asked back)" in scores_in_words(row | {"compared": moved})
