"""Who may read what, at each of the three layers: the collection searched, the filter in it, and SQL afterwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from engine.knowledge.lexical import Bag, Entry, Lexical
from engine.knowledge.vectors import Place, Vectors
from engine.store.documents import Documents
from engine.store.tables import passages
from engine.types import Audience
from tests.knowledge.conftest import Base

CODE = "# Project {0}\n\nThe launch code of project {0} is {1}.\n"
GRANTS = {"public": "PU-1", "workspace": "WS-2", "room:C1": "RC-3", "room:C2": "RC-4", "user:U1": "US-5"}


@pytest.fixture
async def full(base: Base) -> Base:
    """A document for each audience."""
    for grant, word in GRANTS.items():
        await base.load(f"{word}.md", CODE.format(word[:2], word), grant=grant)
    return base


@pytest.mark.parametrize("grants", [
    (), ("workspace",), ("room:C1",), ("workspace", "room:C1"), ("workspace", "user:U1", "room:C2"), ("user:U2",),
    ("room:C",), ("room:C1' OR '1'='1",), ("room",),
])  # fmt: skip
async def test_an_answer_is_made_of_what_all_its_readers_may_read(full: Base, grants: tuple[str, ...]) -> None:
    found = await full.knowledge.search("launch code of project", Audience.of("acme", *grants), limit=20)
    allowed = {word for grant, word in GRANTS.items() if grant in {"public", *grants}}

    assert {word for word in GRANTS.values() if any(word in p.text for p in found.passages)} == allowed
    assert {p.grant for p in found.passages} <= {"public", *grants}


async def test_another_workspace_is_as_if_it_were_not_there(full: Base) -> None:
    await full.load("other.md", CODE.format("OT", "OT-9"), workspace="globex", grant="public")

    assert await full.texts("launch code of project", "workspace", workspace="globex") == CODE.format("OT", "OT-9")[
        14:
    ].strip("\n")
    assert "OT-9" not in await full.texts("launch code of project", *GRANTS)
    assert await full.texts("launch code of project", *GRANTS, workspace="nobody") == ""
    rows = await full.knowledge.documents("globex")
    with pytest.raises(Exception, match="no document"):
        await full.knowledge.remove("acme", rows[0].id)


async def test_a_new_audience_takes_effect_at_once_without_embedding(full: Base) -> None:
    before = full.embedder.embedded  # type: ignore[attr-defined] # Words counts
    [row] = await full.add("WS-2.md", grant="room:C1")

    assert row.status == "searchable" and full.embedder.embedded == before
    assert "WS-2" not in await full.texts("launch code of project", "workspace")
    assert "WS-2" in await full.texts("launch code of project", "room:C1")
    assert await full.knowledge.check() == []


async def test_passages_are_looked_up_by_id_and_not_searched_through(full: Base) -> None:
    """What a question costs must not grow with the workspace."""
    given = {"ids": ["a", "b"], "of": "acme", "grants": ["workspace"]}

    def plan(c: sa.Connection) -> str:
        query = full.knowledge._documents._readable.params(given)
        text = query.compile(c, compile_kwargs={"literal_binds": True})
        return str(c.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").fetchall())

    assert "passages USING INDEX sqlite_autoindex_passages_1 (id=?)" in await full.knowledge._documents._database.read(
        plan
    )


def test_chroma_is_asked_for_the_given_rooms_and_people_alone(tmp_path: Path) -> None:
    """The first layer: collections by class, and $in on the grant that every record has."""
    vectors = Vectors(tmp_path)
    unit = np.eye(8, dtype=np.float32)[0]
    vectors.put([(grant, Place("en", grant), unit) for grant in GRANTS])

    def nearest(*grants: str) -> set[str]:
        return {id_ for id_, _ in vectors.nearest(unit, "en", frozenset(grants), 20)}

    assert nearest("public") == {"public"}
    assert nearest("workspace", "room:C2") == {"workspace", "room:C2"}
    assert nearest("room:C9") == nearest() == set()
    vectors.close()


def test_terms_are_counted_among_what_may_be_read_alone() -> None:
    """The same layer for BM25: neither ids nor scores tell anything about other passages."""

    def entry(id_: str, grant: str, words: str) -> Entry:
        return Entry(id_, "en", grant, Bag.of(words.split()))

    seen = [entry("a", "workspace", "launch code"), entry("b", "workspace", "garden party")]
    secret = [entry(f"s{n}", "room:C1", "launch launch code") for n in range(50)]

    def best(lexical: Lexical) -> list[tuple[str, float]]:
        scores = lexical.score({"launch": 1.0}, ["launch"], lexical.readable(["workspace"])["en"])
        return [(id_, float(scores.values[lexical.places([id_])[0]])) for id_ in lexical.best(scores, 10)]

    alone = best(Lexical().with_entries(seen))
    assert [id_ for id_, _ in alone] == ["a"]
    assert best(Lexical().with_entries(seen).with_entries(secret)) == alone


async def test_sql_has_the_last_word_when_the_index_is_wrong(full: Base) -> None:
    """The second layer alone: somebody changed a grant behind the index's back."""
    await full.texts("launch code of project", "workspace")
    await full.database.write(
        lambda c: c.execute(sa.update(passages).where(passages.c.grant == "workspace").values(grant="room:C1"))
    )

    assert "WS-2" not in await full.texts("launch code of project", "workspace")
    differences = await full.knowledge.check()
    assert any("room:C1" in d.what and "workspace" in d.what for d in differences)
    assert await full.knowledge.rebuild() == len(GRANTS) and await full.knowledge.check() == []


async def test_passages_of_an_older_turn_are_checked_again(full: Base) -> None:
    ids = [p.id for p in await full.search("launch code of project", *GRANTS, limit=20)]
    shown = await full.knowledge.load_passages([*ids, "gone.1.0", ids[0]], Audience.of("acme", "room:C1"))

    assert {p.grant for p in shown} == {"public", "room:C1"} and len(shown) == 2
    assert await full.knowledge.load_passages(ids, Audience.of("globex", *GRANTS)) == []
    assert [p.id for p in await full.knowledge.load_passages(ids, Audience.of("acme", *GRANTS))] == ids


async def test_sql_reads_nothing_for_an_audience_without_grants(full: Base) -> None:
    ids = [p.id for p in await full.search("launch code of project", *GRANTS, limit=20)]

    assert await Documents(full.database).readable("acme", ids, []) == {}
