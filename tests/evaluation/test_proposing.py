"""Questions are proposed from the documents, checked against them, and count only when a person has accepted them."""

import io
import json

import pytest

from bot.accepting import Proposals, accept_named, accept_one_by_one
from engine.errors import FrontdeskError
from engine.evaluation import Case
from engine.proposing import by_form, checked, propose, spread
from engine.types import Passage
from tests.stand_ins.fake_model import FakeModel


def passage(
    text: str, *, heading: str = "", number: int = 1, language: str = "en", grant: str = "workspace"
) -> Passage:
    return Passage(f"d{number}.1.0", f"d{number}", f"page{number}.md", "Page", heading, "", text, language, grant)


@pytest.mark.parametrize(
    ("heading", "text", "variants", "question", "answer"),
    [
        ("", "VPN certificates are valid for 90 days.", (), "How long are VPN certificates valid?", "90 days"),
        ("", "A lost badge costs 15 €.", (), "What is the price of a lost badge?", "15 €"),
        ("", "A route is a path from a client's request to a server.", (), "What is a route?", ()),
        ("Page > How to rotate the admin key", "Open the portal.", (), "How do I rotate the admin key?", ()),
        ("Page > Can I bring my dog?", "Yes, on Fridays.", (), "Can I bring my dog?", ()),
        ("", "Yes, on Fridays.", ("Are dogs allowed?",), "Are dogs allowed?", ()),
        ("", "VPN证书的有效期为90天。", (), "VPN证书的有效期是多久？", "90天"),
        ("", "路由是一种把请求转给上游服务的规则。", (), "什么是路由？", ()),
        ("页 > 如何轮换密钥", "打开门户网站即可。", (), "如何轮换密钥", ()),
    ],
)
def test_documents_ask_and_define_in_their_own_words(heading, text, variants, question, answer):
    language = "zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en"
    [case] = by_form(passage(text, heading=heading, language=language), variants)
    assert (case.question, case.answer, case.accepted) == (question, answer, False)
    assert case.documents == ("page1.md",)
    assert case.evidence in text


@pytest.mark.parametrize(
    "text",
    ["It is a thing that everybody here knows about.", "Restart the server.", "The box below is an example of it."],
)
def test_what_names_nothing_gives_no_question(text):
    assert list(by_form(passage(text), ())) == []


TEXT = "The label printers use 62 mm Heather rolls. New rolls lie in the store room on the second floor."
GOOD = (
    "Q: Where do I get new paper for the printers?\n"
    "S: New rolls lie in the store room on the second floor.\n"
    "A: the store room"
)


def test_what_the_model_writes_is_taken_when_it_stands_in_the_passage():
    case = checked(GOOD, passage(TEXT), "en")
    assert (case.answer, case.proposed, case.language) == ("the store room", "model", "en")
    assert case.evidence == "New rolls lie in the store room on the second floor."


@pytest.mark.parametrize(
    "said",
    [
        "I cannot do that.",
        GOOD.replace("store room on the second", "cellar on the first"),  # the sentence does not stand there
        GOOD.replace("A: the store room", "A: the cellar"),  # nor does the answer
        GOOD.replace("Where do I get new paper for the printers?", "Do new rolls lie in the store room?"),  # says it
        GOOD.replace(
            "Where do I get new paper for the printers?", "Which new rolls lie on the second floor room store?"
        ),
        GOOD.replace("Where do I get new paper for the printers?", "Where?"),
        GOOD.replace(
            "Where do I get new paper for the printers?", "打印纸在哪里领取？"
        ),  # another language was asked for
    ],
)
def test_what_does_not_stand_up_is_dropped(said):
    assert checked(said, passage(TEXT), "en") is None


def test_a_question_in_the_other_language_is_taken_where_it_was_asked_for():
    said = GOOD.replace("Where do I get new paper for the printers?", "打印纸在哪里领取？")
    assert checked(said, passage(TEXT), "zh").language == "zh"


async def test_known_questions_are_not_proposed_again_and_every_document_has_its_turn():
    facts = [
        (passage(f"The lamp number{n} costs {n}0 €. The desk number{n} costs {n}5 €.", number=n), ())
        for n in range(1, 4)
    ]
    made = [case async for case in propose(facts, None, count=3)]
    assert len({case.documents for case in made}) == 3
    again = [case async for case in propose(facts, None, count=9, known=[case.question for case in made])]
    assert not {c.question for c in made} & {c.question for c in again}
    assert len(spread(facts)) == 3


async def test_a_desk_without_a_model_proposes_from_the_form_of_its_documents(bench):
    rows = await bench.rows("eval.make", count=5)
    assert [(r["question"], r["accepted"]) for r in rows] == [("How long are VPN certificates valid?", False)]
    assert Case.from_json(json.dumps(rows[0])).documents == ("vpn.md",)
    assert await bench.rows("eval.make", count=5, known=[rows[0]["question"]]) == []


async def test_a_model_server_that_writes_nonsense_gives_no_questions():
    from engine.model import model_of  # only here: it loads half of the world
    from engine.model_settings import ModelSettings

    async with FakeModel() as fake:
        model = model_of(ModelSettings(use="vllm", url=f"{fake.url}/v1"))
        try:
            assert [c async for c in propose([(passage(TEXT * 3), ())], model, count=2)] == []
            assert len(fake.requests) == 1
        finally:
            await model.close()


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "questions.jsonl"
    cases = [{"id": f"q{n}", "question": f"Question {n}?", "accepted": False} for n in range(1, 5)]
    file.write_text("".join(json.dumps(c) + "\n" for c in [{"id": "old", "question": "Old?"}, *cases]))
    return file


def states(file) -> dict[str, object]:
    return {c["id"]: c.get("accepted", True) for c in Proposals(file).cases}


def test_a_person_takes_drops_mends_and_skips(file):
    assert accept_one_by_one(file, io.StringIO("y\nn\ne\nBetter?\n42\ns\n")) == {
        "accepted": 2,
        "dropped": 1,
        "waiting": 1,
        "questions": 3,
    }
    assert states(file) == {"old": True, "q1": True, "q3": True, "q4": False}
    mended = next(c for c in Proposals(file).cases if c["id"] == "q3")
    assert (mended["question"], mended["answer"]) == ("Better?", "42")


def test_what_was_decided_stands_when_the_person_leaves(file):
    accept_one_by_one(file, io.StringIO("y\n"))
    assert states(file) == {"old": True, "q1": True, "q2": False, "q3": False, "q4": False}


def test_a_script_decides_by_ids(file):
    assert accept_named(file, ["q1"], ["q2"], everything=False)["waiting"] == 2
    assert states(file) == {"old": True, "q1": True, "q3": False, "q4": False}
    assert accept_named(file, [], [], everything=True) == {"accepted": 2, "dropped": 0, "waiting": 0, "questions": 4}
    with pytest.raises(FrontdeskError, match="nothing"):
        accept_named(file, ["nothing"], [], everything=False)
