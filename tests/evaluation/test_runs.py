"""A run of questions with known answers is kept, compared with the one before, and drawn."""

import html
import json

import orjson
import pytest
import sqlalchemy as sa

from bot.operations import Operations
from bot.scores_page import page
from bot.scores_plot import png
from bot.scores_shown import Scores, scores_in_words
from engine.errors import FrontdeskError
from engine.store.tables import evaluations

CASES = [
    {"id": "vpn", "question": "How long are VPN certificates valid?", "documents": ["vpn.md"], "answer": "90 days"},
    {"id": "rolls", "question": "Which rolls do the label printers use?", "documents": ["printers.md"]},
    {"id": "leave", "question": "年假申请要提前多久提交?", "documents": ["nianjia.md"], "answer": ["五个工作日"]},
    {"id": "wine", "question": "Which wine goes with octopus on Saturn?", "unanswerable": True},
]


def lines(*cases: dict) -> list[str]:
    return [json.dumps(case) for case in cases or CASES]


async def run(bench, *cases: dict, name: str = "cases.jsonl", **arguments: object) -> dict:
    [row] = await bench.rows("eval", cases=lines(*cases), name=name, **arguments)
    return row


async def kept(bench) -> list:
    return await bench.app.database.read(lambda c: c.execute(sa.select(evaluations)).all())


async def test_rates_come_with_their_number_of_cases_and_an_interval(bench):
    row = await run(bench)
    assert (row["cases"], row["recall@1"], row["answered"], row["auroc_answerable"]) == (4, 1.0, 3, 1.0)
    interval = row["intervals"]["recall@1"]
    assert (interval["n"], interval["high"]) == (3, 1.0)
    assert 0.4 < interval["low"] < 0.45, "three of three is no certainty"
    assert row["compared"] is None, "nothing came before"


async def test_the_next_run_says_which_cases_came_out_worse(bench):
    first = await run(bench)
    await bench.rows("kb.remove", id="vpn.md")
    second = await run(bench)

    moved = second["compared"]
    assert moved["run"] == first["run"]
    assert [m["id"] for m in moved["worse"]] == ["vpn"]
    assert (moved["worse"][0]["before"]["rank"], moved["worse"][0]["after"]["rank"]) == (1, 0)
    assert (moved["better"], moved["new_cases"], moved["gone_cases"]) == ([], 0, 0)
    assert moved["scores"]["recall@1"] == pytest.approx(-1 / 3, abs=1e-3)
    assert "1 worse" in scores_in_words(second)

    await bench.add("vpn.md", "# VPN certificates\n\nVPN certificates are valid for 90 days.\n")
    third = await run(bench, *CASES[:1], {"id": "new", "question": "Are there boats?", "unanswerable": True})
    assert [m["id"] for m in third["compared"]["better"]] == ["vpn"]
    assert (third["compared"]["new_cases"], third["compared"]["gone_cases"]) == (1, 3)


async def test_a_run_with_another_embedder_says_so_where_it_is_compared(bench):
    """As if the last one had been with another: the name is what counts."""
    first = await run(bench)
    [row] = await kept(bench)
    options = orjson.loads(row.options)
    assert options["embedder"] == bench.app.knowledge.embedder.name
    assert "another" not in scores_in_words(await run(bench))
    for name, told in (("bge-m3", True), (None, False)):  # runs of earlier versions name none
        before = orjson.dumps({**options, "embedder": name} if name else {"retrieval_only": False, "model": "none"})
        await bench.app.database.write(
            lambda c, before=before: c.execute(sa.update(evaluations).values(options=before.decode()))
        )
        now = await run(bench)
        said = f"the last run used another embedder: bge-m3, now {options['embedder']}"
        assert (said in scores_in_words(now)) is told
        assert (said in html.unescape(page(now, []))) is told
    assert now["run"] > first["run"]


async def test_only_runs_of_the_same_file_workspace_and_kind_are_compared(bench):
    await run(bench)
    assert (await run(bench, name="other.jsonl"))["compared"] is None
    assert (await run(bench, retrieval_only=True))["compared"] is None
    assert (await run(bench, workspace="elsewhere"))["compared"] is None
    assert (await run(bench))["compared"]["worse_cases"] == 0
    rows = await bench.rows("eval.runs")
    assert [(r["name"], r["retrieval_only"]) for r in rows] == [
        ("cases.jsonl", False), ("cases.jsonl", True), ("other.jsonl", False), ("cases.jsonl", False),
    ]  # fmt: skip


async def test_what_is_kept_holds_no_text_that_could_be_deleted_elsewhere(bench):
    await run(bench)
    [row] = await kept(bench)
    assert not [w for w in ("VPN", "90 days", "octopus", "Bluebell", "年假") if w in str(tuple(row))]


async def test_a_run_that_is_broken_off_keeps_nothing(bench):
    running = Operations(bench.app)("eval", {"cases": lines(), "name": "cases.jsonl"})
    async for line in running:
        if "case" in line:
            break
    await running.aclose()
    assert await kept(bench) == []


async def test_what_nobody_has_accepted_is_left_out_and_that_is_said(bench):
    proposed = {**CASES[1], "accepted": False, "evidence": "x", "proposed": "model"}
    found = await bench.lines("eval", cases=lines(CASES[0], proposed), name="cases.jsonl")
    assert "1 of 2 questions are not accepted" in found[0]["notice"]
    assert (found[-1]["row"]["cases"], found[-1]["row"]["not_accepted"]) == (1, 1)
    with pytest.raises(FrontdeskError, match="eval accept"):
        await bench.rows("eval", cases=lines(proposed), name="cases.jsonl")


async def test_the_page_shows_curves_languages_and_the_worst_cases_and_runs_nothing(bench):
    wrong = {"id": "<b>", "question": "Which <script>alert(1)</script> rolls do the printers use?", "answer": "velvet"}
    found = await bench.lines("eval", cases=lines(*CASES, wrong), name="cases.jsonl")
    cases = [line["case"] for line in found if "case" in line]
    drawn = page(found[-1]["row"], cases)
    assert drawn.count("<svg") == 2
    assert "<polyline" in drawn
    assert "zh (n 1)" in drawn
    assert "&lt;script&gt;" in drawn
    assert "<script" not in drawn
    assert "src=" not in drawn
    assert "://" not in drawn
    assert png(found[-1]["row"], cases).startswith(b"\x89PNG")


def test_files_are_written_whole_at_the_end_or_not_at_all(tmp_path):
    file = tmp_path / "details.jsonl"
    out = Scores(True, details=file, page=None, plot=None)
    out.line({"case": {"id": "1"}})
    assert not file.exists()
    out.end()
    assert file.read_text() == '{"id":"1"}\n'
    with pytest.raises(FrontdeskError, match="no folder"):
        Scores(True, details=None, page=tmp_path / "no" / "page.html", plot=None)
