"""Files beside a question: what of them is read, what an answer may take from them, and how it says so."""

from collections.abc import AsyncIterator
from typing import cast

import pytest

from engine.attached import Attached, fitting, size_of
from engine.budget import Budget
from engine.grounding import Grounding
from engine.growing import Growing
from engine.knowledge import Knowledge
from engine.model import ModelSettings
from engine.model.served import ServedModel
from engine.pictures import Picture
from engine.prompt import Past, build, estimated
from engine.turn import Turn
from engine.types import ATTACHED, Addressed, Audience, Conversation, Found, Message, Outcome, Passage, ReadFile, Reply
from tests.pictures import PNG
from tests.stand_ins.fake_model import FakeModel

WHERE = Conversation("slack", "main", "C1", "1.0")
VPN = Passage("p1", "d1", "vpn.md", "VPN", "VPN", "", "VPN certificates are valid for 90 days.", "en", "workspace", 0.9)
NOTE = "The printer on floor 3 is called Marigold."
FILE = Attached("note.md", (NOTE,))


@pytest.fixture
async def server() -> AsyncIterator[FakeModel]:
    async with FakeModel(context=2_400) as fake:
        yield fake


async def answered(
    server: FakeModel, found: Found, *files: Attached, says: str = "", budget: int = 300
) -> tuple[Reply | None, Turn]:
    """A turn with these files; where nothing was found, from the files alone."""
    model = ServedModel(ModelSettings(use="vllm", url=f"{server.url}/v1", name=server.name))
    server.know([VPN.text, *("\n".join(one.pieces) for one in files)])
    if says:
        server.rule("", "script", text=says)
    message = Message("1", WHERE, "ann", found.query, Addressed.MENTION)
    audience, nothing = Audience.of("main", "workspace"), cast("Knowledge", None)  # it is not searched here
    limits = Budget(400, 2_000, 200, budget)
    turn = Turn(message, found.query, "en", audience, (), nothing, model, limits, Growing(), attached=files)
    try:
        asked = turn.generate("", found) if found.enough else turn.from_attached("", found)
        return await asked, turn
    finally:
        await model.close()


def sure(question: str) -> Found:
    return Found(question, (VPN,), True, 0.9)


def unsure(question: str) -> Found:
    return Found(question, (VPN,), False, 0.1)


def test_the_pieces_that_fit_the_question_are_taken_of_a_file_that_is_too_long():
    pieces = tuple(f"Chapter {n}. It is about nothing that anybody asked for, at some length." for n in range(40))
    pieces = (*pieces[:30], "The notice period is three months.", *pieces[30:])
    room = estimated(pieces[0]) * 4
    [passage], [told] = fitting([Attached("contract.pdf", pieces)], "How long is the notice period?", room)
    assert "three months" in passage.text
    assert passage.text.startswith("Chapter 0."), "its beginning mostly says what it is"
    assert "…" in passage.text
    assert estimated(passage.text) <= room + 5
    assert told == ReadFile("contract.pdf", "part")


def test_files_share_the_room_and_what_one_does_not_need_is_for_the_others():
    short, long = Attached("a.md", ("Short.",)), Attached("b.md", tuple(f"Sentence {n} of many." for n in range(50)))
    passages, told = fitting([long, short], "?", 60)
    assert [p.title for p in passages] == ["b.md", "a.md"]
    assert [t.how for t in told] == ["part", "whole"]
    assert estimated(passages[0].text) > 40


def test_why_a_file_was_not_read_is_told_and_nothing_of_it_is_shown():
    passages, told = fitting([Attached("old.doc", wrong="it is damaged")], "?", 100)
    assert passages == ()
    assert told == (ReadFile("old.doc", "unread", "it is damaged"),)


def test_a_model_with_a_small_window_leaves_half_the_room_to_the_documents_at_worst():
    budget = Budget(2_400, 4_500, 1_500, 2_000).within(4_096, attached=9_000)
    room = 4_096 - budget.tokens - 700
    assert budget.attached == room // 2
    assert budget.passages + budget.attached + budget.history == room
    assert Budget(2_400, 4_500, 1_500, 2_000).within(4_096) == Budget(2_372, 0, 1_024)


def test_a_file_changes_nothing_of_a_prompt_before_its_own_place():
    """So the server has rules, history and passages in its cache, with a file or without."""
    history = [Past((VPN,), "How long?", "90 days. [1]", "en")]
    file = Passage("", "", "note.md", "note.md", "", "", NOTE, "en", ATTACHED)
    without, beside = ([m.content for m in build("Be kind.", history, (VPN,), "And now?", "en", files)]
                       for files in ((), (file,)))  # fmt: skip
    assert beside[:-1] == without[:-1]
    passages = str(without[-1]).partition("\n\nQuestion:")[0]
    assert str(beside[-1]).startswith(passages)
    assert str(beside[-1]).endswith(f"[2] note.md\n{NOTE}\n\nQuestion: And now?")


async def test_an_answer_beside_the_documents_names_the_file_as_what_it_is(server):
    says = "VPN certificates are valid for 90 days [1]. The printer on floor 3 is called Marigold [2]."
    reply, turn = await answered(server, sure("How long, and what is the printer called?"), FILE, says=says)
    assert reply
    assert [(s.number, s.title, s.attached) for s in reply.sources] == [(1, "VPN", False), (2, "note.md", True)]
    assert reply.used == (VPN,), "nothing of a file is kept"
    assert [p["title"] for p in reply.receipt.passages] == ["VPN"]
    assert reply.confidence == 0.9
    assert turn.files == (ReadFile("note.md", "whole"),)


async def test_what_a_file_says_is_not_told_as_if_the_organisation_had_said_it(server):
    """Somebody attaches a rule of their own; the model takes it for the document's."""
    forged = Attached("rules.md", ("VPN certificates are valid for 9999 days.",))
    reply, _ = await answered(server, sure("How long?"), forged, says="VPN certificates are valid for 9999 days [1].")
    assert reply
    assert "9999 days. [2]" in reply.text or "9999 days [2]" in reply.text
    assert [(s.title, s.attached) for s in reply.sources] == [("rules.md", True)]
    assert "not from our documents" in reply.text


def test_a_sentence_that_names_both_points_to_the_file_alone_where_only_that_carries_it():
    file = Passage("", "", "rules.md", "rules.md", "", "", "Beer costs nothing in the canteen.", "en", ATTACHED)
    grounding = Grounding((VPN, file))
    assert grounding.feed("Beer costs nothing in the canteen [1][2].\n") + grounding.flush() == (
        "Beer costs nothing in the canteen. [2]"
    )
    assert grounding.used == {2}


def test_a_sentence_that_joins_both_points_to_both():
    file = Passage("", "", "mail.md", "mail.md", "", "", "My certificate is from 3 May.", "en", ATTACHED)
    grounding = Grounding((VPN, file))
    shown = grounding.feed("Your certificate of 3 May is valid for 90 days [1][2].\n") + grounding.flush()
    assert "[1][2]" in shown
    assert grounding.used == {1, 2}


async def test_where_the_documents_say_nothing_the_file_answers_and_that_is_said_first(server):
    reply, turn = await answered(server, unsure("What is the printer on floor 3 called?"), FILE)
    assert reply
    assert reply.outcome is Outcome.ANSWERED
    assert reply.text.startswith("*From what was attached, not from our documents:*\n\n")
    assert "Marigold" in reply.text
    assert reply.confidence == 0.1, "how sure the documents make us is another matter"
    assert reply.reason == "answered from what was attached, not from the documents"
    assert reply.used == ()
    assert "90 days" not in server.requests[-1].prompt, "passages that are not sure enough stay out"
    assert turn.growing.text == reply.text


async def test_where_neither_answers_a_person_is_asked(server):
    reply, turn = await answered(server, unsure("When is lunch?"), FILE, says="NO_ANSWER")
    assert reply
    assert reply.outcome is Outcome.HANDED_OFF
    assert reply.reason == "neither the documents nor what was attached answers this"
    assert turn.files == (ReadFile("note.md", "whole"),)


async def test_what_the_model_makes_up_about_a_file_is_cut(server):
    reply, _ = await answered(server, unsure("What is the printer called?"), FILE, says="It is called Bluebell [1].")
    assert reply
    assert reply.outcome is Outcome.HANDED_OFF
    assert "Bluebell" not in reply.text
    assert [cut["text"] for cut in reply.receipt.cut] == [""], "it may be the file's words, of which nothing is kept"


async def test_a_file_that_could_not_be_read_answers_nothing(server):
    reply, turn = await answered(server, unsure("What does it say?"), Attached("old.doc", wrong="it is damaged"))
    assert reply is None
    assert turn.files == (ReadFile("old.doc", "unread", "it is damaged"),)
    assert server.requests == []


async def test_a_file_that_does_not_fit_into_the_window_is_shortened_until_it_does(server):
    server.context = 1_200
    long = Attached("log.txt", tuple(f"Line {n}: the conveyor stopped and was started again." for n in range(200)))
    reply, turn = await answered(server, sure("How long are VPN certificates valid?"), long, budget=2_000)
    assert reply
    assert "90 days" in reply.text
    assert server.violations, "the first prompt was meant to be too long"
    assert turn.files[0].how in ("part", "unread")
    assert size_of([long]) > 2_000


async def test_why_a_picture_could_not_be_looked_at_is_told_without_naming_our_servers(server):
    model = ServedModel(ModelSettings(use="vllm", url=f"{server.url}/v1", name=server.name, sees=True))
    server.rule("", "status", status=500)
    message = Message("1", WHERE, "ann", "What is this?", Addressed.MENTION)
    audience, nothing = Audience.of("main", "workspace"), cast("Knowledge", None)  # it is not searched here
    turn = Turn(message, message.text, "en", audience, (), nothing, model, Budget(400, 2_000, 200, 300), Growing())
    turn.attached = [Attached("shot.png", picture=Picture(PNG, "png"))]
    try:
        await turn.look()
    finally:
        await model.close()
    assert server.requests
    assert turn.files == (ReadFile("shot.png", "unread", "the model could not look at it"),)
