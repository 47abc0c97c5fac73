"""The check of a knowledge base lists what an admin should look at, what most questions hit first."""

import dataclasses
import time

import pytest
import sqlalchemy as sa

from engine.knowledge.duplicates import near_duplicates
from engine.knowledge.review import DAY_S, Review
from engine.store.tables import documents, events, turns
from engine.types import Passage

NOW = time.time()
PAGE = (
    "# Bicycles\n\nThe workshop repairs bicycles of all staff. Bring the bicycle to the yard, write your name on a red "
    "tag, and hang the key next to the door. The mechanic calls you when it is ready, which takes three days at most. "
    "Spare tubes, lamps and bells are on the shelf; whoever takes one writes it on the list beside the shelf, so that "
    "somebody can order new ones in time.\n"
)


async def used(base, *documents_, times: int = 1, at: float = NOW - DAY_S) -> None:
    """Write answers that used these documents."""

    def write(c: sa.Connection) -> None:
        for _ in range(times):
            number = (c.scalar(sa.select(sa.func.max(events.c.id))) or 0) + 1
            event = {"id": number, "key": f"k{number}", "conversation": "c", "workspace": "acme", "author": "ann"}
            c.execute(
                sa.insert(events).values(**event, state="answered", message="{}", due=at, received=at, changed=at)
            )
            ids = ",".join(f'"{d}.1.0"' for d in documents_)
            c.execute(
                sa.insert(turns).values(
                    event=number, conversation="c", workspace="acme", author="ann", at=at, question="?", language="en",
                    outcome="answered", text="", confidence=1.0, reason="", sources="[]", passages=f"[{ids}]",
                    grants="[]", receipt="{}",
                )
            )  # fmt: skip

    await base.database.write(write)


async def mark(base, document: str, **values: object) -> None:
    await base.database.write(
        lambda c: c.execute(sa.update(documents).where(documents.c.id == document).values(values))
    )


async def found(base) -> list[tuple[str, int, tuple[str, ...]]]:
    findings = await Review(base.database).findings("acme", now=NOW)
    return [(f.kind, f.questions, tuple(sorted(d.source for d in f.documents))) for f in findings]


async def test_an_empty_base_has_nothing_to_look_at(base):
    assert await found(base) == []


async def test_a_contradiction_names_both_documents_and_comes_first(base):
    old = await base.load("old.md", "# VPN certificates\n\nVPN certificates are valid for 90 days.\n")
    await base.load("new.md", "# VPN certificates\n\nVPN certificates are valid for 60 days.\n")
    await used(base, old.document, times=3)

    [first, *_] = await Review(base.database).findings("acme", now=NOW)

    assert (first.kind, first.questions) == ("contradiction", 3)
    assert {d.source for d in first.documents} == {"old.md", "new.md"}
    assert {"90 days" in s for s in first.said} == {True, False}


async def test_what_more_questions_hit_comes_before_what_is_worse_in_kind(base):
    await base.load("a.md", "# Keys\n\nThe blue key opens 12 doors of the house.\n")
    await base.load("b.md", "# Keys\n\nThe blue key opens 15 doors of the house.\n")
    third = await base.load("c.md", "# Lunch\n\nSoup.\n")
    await mark(base, third.document, expires=NOW - 2 * DAY_S)
    await used(base, third.document, times=2)

    kinds = [k for k, *_ in await found(base)]

    assert kinds.index("expired") < kinds.index("contradiction")


async def test_a_page_that_stands_there_twice_is_named(base):
    await base.load("one.md", PAGE)
    await base.load("copy/two.md", PAGE.replace("red", "green"))

    assert ("near_duplicate", 0, ("copy/two.md", "one.md")) in await found(base)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"expires": NOW - DAY_S}, "expired"),
        ({"expires": NOW + 5 * DAY_S}, "expires_soon"),
        ({"dated": NOW - 500 * DAY_S}, "old"),
        ({"status": "failed", "reason": "it is not there any more"}, "failed"),
    ],
)
async def test_what_is_out_of_date_or_failed_is_named(base, values, kind):
    row = await base.load("page.md", "# Page\n\nA page.\n")
    assert await found(base) == []
    await mark(base, row.document, **values)
    assert await found(base) == [(kind, 0, ("page.md",))]


async def test_a_page_that_no_answer_ever_used_is_named_once_it_had_its_chance(base):
    one = await base.load("used.md", "# Soup\n\nSoup is served at noon.\n")
    other = await base.load("unused.md", "# Boats\n\nBoats are blue.\n")
    await used(base, one.document, at=NOW - 400 * DAY_S)
    await mark(base, other.document, loaded=NOW - 3 * DAY_S)
    assert await found(base) == []
    await mark(base, other.document, loaded=NOW - 30 * DAY_S)
    assert await found(base) == [("never_used", 0, ("unused.md",))]


async def test_another_workspace_is_not_looked_at(base):
    await base.load("a.md", PAGE)
    await base.load("b.md", PAGE, workspace="other")
    assert await found(base) == []


def test_passages_of_one_document_and_short_ones_are_no_duplicates():
    one = Passage("d1.1.0", "d1", "s", "t", "", "", PAGE, "en", "workspace")
    same = dataclasses.replace(one, id="d1.1.1")
    short = dataclasses.replace(one, id="d2.1.0", document="d2", text="Yes, of course.")
    brief = dataclasses.replace(short, id="d3.1.0", document="d3")
    assert near_duplicates([one, same, short, brief]) == []
    assert len(near_duplicates([one, dataclasses.replace(one, id="d9.1.0", document="d9")])) == 1
