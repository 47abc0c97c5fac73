"""Recent questions are asked again to see what a change would alter, and nothing comes of it but the comparison."""

import dataclasses

import pytest
import sqlalchemy as sa

from engine.errors import FrontdeskError, NotFound
from engine.knowledge.aside import discard, own_folder
from engine.replay import Replayed, compare, worst_first
from engine.store.tables import documents, events, handoffs, turns
from engine.store.turns import PastTurn
from engine.types import Outcome, Receipt, Reply, Source
from tests.evaluation.conftest import DOCUMENTS

QUESTION = "How long are VPN certificates valid?"


async def kept(bench) -> tuple[int, ...]:
    """How much the live database holds."""
    tables = (events, turns, handoffs, documents)
    return await bench.app.database.read(
        lambda c: tuple(c.scalar(sa.select(sa.func.count()).select_from(t)) for t in tables)
    )


async def test_where_nothing_has_changed_every_answer_is_the_same(bench):
    await bench.ask(QUESTION)
    await bench.ask("年假申请要提前多久提交?")
    before = await kept(bench)

    [row] = await bench.rows("replay")

    assert (row["summary"]["questions"], row["summary"]["same"], row["summary"]["worse"]) == (2, 2, 0)
    assert await kept(bench) == before


async def test_a_document_that_would_go_takes_its_answers_along(bench):
    await bench.ask("Which rolls do the label printers use?")
    await bench.ask(QUESTION)
    before = await kept(bench)

    lost, summary = await bench.rows("replay", without=["vpn.md"])

    assert (lost["question"], lost["change"], lost["worse"]) == (QUESTION, "lost", True)
    assert "90 days" in lost["before"]["text"]
    assert "90 days" not in lost["after"]["text"]
    assert (summary["summary"]["lost"], summary["summary"]["same"]) == (1, 1)
    assert await kept(bench) == before, "nothing is stored, posted or handed over"
    assert "90 days" in (await bench.ask(QUESTION))["text"], "the live document is still there"
    assert list((bench.folder / "var").glob("aside-*")) == []


async def test_a_file_that_would_be_loaded_changes_what_is_said(bench):
    await bench.ask(QUESTION)
    (bench.folder / "vpn.md").write_text(DOCUMENTS["vpn.md"].replace("90 days", "30 days"), encoding="utf-8")

    changed, summary = await bench.rows("replay", **{"with": ["vpn.md"]})

    assert changed["change"] == "numbers"
    assert "30 days" in changed["after"]["text"]
    assert summary["summary"]["numbers"] == 1
    assert "90 days" in (await bench.ask(QUESTION))["text"]


async def test_a_question_that_nothing_answered_may_gain_an_answer(bench):
    assert (await bench.ask("Where does the tram to the airport stop?"))["outcome"] == "handed_off"
    (bench.folder / "tram.md").write_text("# Tram\n\nThe tram to the airport stops at the Marigold gate.\n")

    gained, _ = await bench.rows("replay", **{"with": ["tram.md"]})

    assert (gained["change"], gained["worse"]) == ("gained", False)
    assert "Marigold" in gained["after"]["text"]


async def test_the_audience_of_the_first_answer_decides_again(bench):
    """What was asked in public is not answered from the workspace's documents now."""
    await bench.ask(QUESTION, audience="public")
    [row] = await bench.rows("replay")
    assert row["summary"]["same"] == 1


async def test_a_follow_up_is_asked_with_what_stood_before_it(bench):
    await bench.ask(QUESTION, conversation="c1")
    await bench.ask("And where are they renewed?", conversation="c1")
    (bench.folder / "vpn.md").write_text(DOCUMENTS["vpn.md"] + "\nThe client reads them.\n", encoding="utf-8")

    rows = await bench.rows("replay", **{"with": ["vpn.md"]})

    assert rows[-1]["summary"]["lost"] == 0, "also when the page has a new version"


@pytest.mark.parametrize(
    ("arguments", "error"), [({"without": ["nothing.md"]}, NotFound), ({"with": ["no.md"]}, FrontdeskError)]
)
async def test_what_is_not_there_is_said(bench, arguments, error):
    with pytest.raises(error):
        await bench.rows("replay", **arguments)
    assert list((bench.folder / "var").glob("aside-*")) == []


def test_what_a_crash_left_behind_is_taken_away_and_what_is_in_use_is_not(tmp_path):
    left = tmp_path / "aside-left"
    left.mkdir()
    (left / "owned").touch()
    (left / "frontdesk.db").write_text("text")
    with own_folder(tmp_path) as own:
        assert not left.exists()
        discard(tmp_path)
        assert own.exists()
    assert list(tmp_path.iterdir()) == []


THEN = PastTurn(
    1, "c", "acme", "ann", 0.0, "q", Outcome.ANSWERED, "It takes 3 days [1].", "en", 0.9, "",
    (Source(1, "T", "", "", "d1"),), (), frozenset({"public"}), Receipt(),
)  # fmt: skip
NOW = Reply(Outcome.ANSWERED, THEN.text, "en", THEN.sources, 0.9)


@pytest.mark.parametrize(
    ("after", "change"),
    [
        (NOW, "same"),
        (dataclasses.replace(NOW, text="It takes three days [2]."), "same"),
        (dataclasses.replace(NOW, text="It takes 4 days [1]."), "numbers"),
        (dataclasses.replace(NOW, sources=(Source(1, "T", "", "", "d2"),)), "sources"),
        (
            dataclasses.replace(NOW, text="Three days pass until anybody looks at the letter that you have sent."),
            "text",
        ),
        (dataclasses.replace(NOW, confidence=0.5), "confidence"),
        (Reply(Outcome.HANDED_OFF, "I found nothing."), "lost"),
    ],
)
def test_what_changed_has_a_name(after, change):
    assert compare(THEN, after)[0] == change


def test_what_got_worse_comes_first():
    found = [Replayed(THEN, NOW, change, 0.5) for change in ("same", "gained", "numbers", "lost", "text", "failed")]
    assert [r.change for r in worst_first(found)] == ["lost", "failed", "numbers", "text", "gained", "same"]
