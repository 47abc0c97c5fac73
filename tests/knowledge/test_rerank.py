"""A second look at the best passages by a model server: their order changes, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from engine.config import KnowledgeSettings
from engine.knowledge.rerank import Reranker
from engine.types import Audience, Found
from tests.knowledge.conftest import Base, Opener
from tests.knowledge.model_server import ModelServer, serving

QUESTION = "Which form do I need to travel by train?"


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with serving() as running:
        yield running


@pytest.fixture
async def reranking(opened: Opener, server: ModelServer) -> Callable[..., Any]:
    """A knowledge base with travel rules, most of which share words with the question."""

    async def make(**others: Any) -> Base:
        chosen = {"rerank_url": server.url, "rerank_model": "cross", **others}
        base = await opened(settings=KnowledgeSettings.model_validate(chosen))
        await base.load("secret.md", "# Travel\n\nWho must travel by train needs the Campion form.\n", grant="user:U1")
        for n, what in enumerate(("train", "train and form", "form", "travel by ship", "train tickets")):
            await base.load(f"{n}.md", f"# Rule {n}\n\nA rule about {what}, number {n}.\n")
        return base

    return make


async def found(base: Base, *, limit: int = 5) -> Found:
    return await base.knowledge.search(QUESTION, Audience.of("acme", "workspace"), limit=limit)


async def test_the_servers_order_is_the_order(reranking, server, opened):
    base = await reranking()
    plain = await found(base)
    first = plain.passages[-1].text

    assert server.reranked and plain.notes == ("order by cross",)
    server.likes = first
    again = await found(base)
    assert again.passages[0].text == first
    assert [p.score for p in again.passages] == sorted((p.score for p in again.passages), reverse=True)
    assert (again.confidence, again.enough, again.gate) == (plain.confidence, plain.enough, plain.gate)


async def test_it_is_sent_only_what_this_audience_may_read(reranking, server):
    base = await reranking()
    await found(base)
    assert server.reranked and "Campion" not in str(server.reranked)

    await base.knowledge.search(QUESTION, Audience.of("acme", "workspace", "user:U1"))
    assert "Campion" in str(server.reranked), "the control: who may read it has it judged"


async def test_few_passages_are_asked_for_but_more_are_looked_at(reranking, server):
    base = await reranking()
    assert len((await found(base, limit=1)).passages) == 1
    assert 3 < len(server.reranked[0]["documents"]) <= Reranker.candidates
    assert server.reranked[0]["query"] == QUESTION and server.reranked[0]["model"] == "cross"


WRONG: list[dict[str, Any]] = [
    {"refusals": [(500, {})]},
    {"refusals": [(429, {"Retry-After": "5"})]},
    {"odd": []},
    {"odd": {"results": []}},
    {"odd": {"results": [{"index": 99, "relevance_score": 1.0}]}},
    {"odd": {"results": [{"index": 0}]}},
]


async def test_whatever_goes_wrong_the_order_stays_and_a_note_says_so(reranking, server):
    base = await reranking()
    search, settings = base.knowledge._search, KnowledgeSettings(rerank_url=server.url, rerank_model="cross")
    search._reranker = Reranker(KnowledgeSettings())
    plain = await found(base)
    assert plain.notes == () and not server.reranked, "off: nobody is asked"
    for wrong in WRONG:
        for name, value in wrong.items():
            setattr(server, name, value)
        search._reranker = Reranker(settings)
        answered = await found(base)
        await search._reranker.close()
        assert answered.notes == ("not reranked: cross did not answer",), wrong
        assert answered.passages == plain.passages


async def test_a_server_that_is_too_slow_is_not_waited_for(reranking, server):
    base = await reranking(rerank_s=0.2)
    server.lets = -1

    assert (await found(base)).notes == ("not reranked: cross did not answer",)


async def test_passages_that_are_too_long_for_it_are_sent_shorter(reranking, server):
    base = await reranking(rerank_s=20.0)
    await base.load("long.md", f"# Long\n\n{'The long way to travel by train needs a form. ' * 16}\n")
    server.longest = 300

    assert (await found(base)).notes == ("order by cross",)
    assert max(map(len, server.reranked[-1]["documents"])) <= 300
