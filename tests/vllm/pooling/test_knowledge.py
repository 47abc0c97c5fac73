"""Vectors and scores from the real server: loaded, searched, reranked, and what is said where it refuses.

The small model was never taught to embed: what is asserted is where vectors and order come from, never that they are
good.
"""

import asyncio
import json
import os
from contextlib import asynccontextmanager

import numpy as np
import pytest

from bot.app import App
from bot.operations import Operations
from engine.config import load
from engine.errors import EmbedderAway, ModelUnavailable
from engine.knowledge.embedders import ServerEmbedder
from engine.model.pooling import Pooling
from tests.vllm.server import KEY, NAME, RealServer, serving

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

HIDDEN = 576  # numbers in a vector of this model
TEXTS = ["The admin key is rotated every ninety days.", "Bicycles are repaired on Mondays.", "VPN 证书有效期为九十天。"]


@pytest.fixture(scope="package")
def server():
    if url := os.environ.get("FRONTDESK_VLLM_EMBED_URL"):
        yield RealServer(url)
        return
    with serving("embed", length=2048) as running:
        yield running


@pytest.fixture
async def pooling(server):
    made = Pooling(f"{server.url}/v1", NAME, KEY, setting="knowledge.embedder")
    yield made
    await made.close()


@pytest.fixture
def embedder(server):
    made = ServerEmbedder(f"{server.url}/v1", NAME, KEY, "query: ", "passage: ")
    yield made
    made.close()


@pytest.fixture
def desk(server, tmp_path):
    """Opens a desk whose vectors come from there; ``more`` are lines of [knowledge]."""

    @asynccontextmanager
    async def make(more=""):
        file = tmp_path / "frontdesk.toml"
        data = json.dumps(str(tmp_path / "var"))
        where = f'embedder_url = "{server.url}/v1"\nembedder_model = "{NAME}"\nembedder_key = "{KEY}"\n'
        file.write_text(
            f'[data]\npath = {data}\n[model]\nuse = "none"\n[knowledge]\nembedder = "server"\n{where}{more}', "utf-8"
        )
        async with App(load(file, {})).opened() as app:
            yield app

    return make


async def rows(app, operation, **arguments):
    return [line["row"] async for line in Operations(app)(operation, arguments) if "row" in line]


def page(folder, name, *lines):
    (folder / f"{name}.md").write_text(f"# {name.capitalize()}\n\n" + "\n\n".join(lines) + "\n", "utf-8")


async def test_every_text_has_a_vector_of_its_own_in_the_order_of_the_texts(pooling):
    together = np.array(await pooling.embed(TEXTS, within_s=60))
    alone = np.array([(await pooling.embed([text], within_s=60))[0] for text in TEXTS])

    assert together.shape == (3, HIDDEN)
    assert (np.argmax(_cosines(together, alone), axis=1) == np.arange(3)).all()


async def test_every_document_has_a_score(pooling):
    scores = await pooling.rerank("When are bicycles repaired?", TEXTS, within_s=60)

    assert sorted(scores) == [0, 1, 2] and len(set(scores.values())) == 3


async def test_the_vectors_of_an_embedder_are_of_unit_length_and_of_one_kind_for_questions_and_passages(embedder):
    questions = await asyncio.to_thread(embedder.queries, TEXTS)
    passages = await asyncio.to_thread(embedder.passages, TEXTS)

    assert embedder.dimensions == HIDDEN
    assert np.allclose(np.linalg.norm(np.vstack([questions, passages]), axis=1), 1, atol=1e-5)
    assert not np.allclose(questions, passages, atol=1e-3), "what is put before them counts"


async def test_a_text_that_is_longer_than_the_window_is_embedded_as_far_as_it_fits(embedder):
    [long] = await asyncio.to_thread(embedder.passages, ["The admin key is rotated every ninety days. " * 400])

    assert len(long) == HIDDEN and np.isfinite(long).all()


async def test_a_model_that_is_not_served_is_said_with_the_setting(server):
    made = ServerEmbedder(f"{server.url}/v1", "large", KEY)
    try:
        with pytest.raises(EmbedderAway, match=r"'large'.*knowledge\.embedder_model"):
            await asyncio.to_thread(made.open)
    finally:
        made.close()


async def test_a_wrong_key_is_said_with_the_setting(server):
    pooling = Pooling(f"{server.url}/v1", NAME, "another", setting="knowledge.embedder")
    try:
        with pytest.raises(ModelUnavailable, match=r"knowledge\.embedder_key"):
            await pooling.embed(TEXTS, within_s=60)
    finally:
        await pooling.close()


async def test_a_knowledge_base_is_loaded_and_searched_with_vectors_of_the_server(desk, tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    page(folder, "keys", "The admin key is rotated every ninety days in the Bluebell portal.")
    page(folder, "bicycles", "Bicycles are repaired on Mondays in the yard.")
    async with desk() as app:
        loaded = await rows(app, "kb.add", sources=["."], folder=str(folder))
        assert [row["status"] for row in loaded] == ["searchable", "searchable"], loaded

        found = await rows(app, "kb.search", queries=[{"query": "How often is the admin key rotated?"}])
        [said] = await rows(app, "ask", text="How often is the admin key rotated?", person="ann")

        assert app.knowledge.embedder.name.startswith("server:") and app.knowledge.embedder.dimensions == HIDDEN
        assert {one["title"] for row in found for one in row["results"]} == {"Keys", "Bicycles"}
        assert said["receipt"]["passages"]
        [state] = await rows(app, "state")
        assert state["differences"] == 0


async def test_the_server_decides_the_order_where_it_reranks(desk, server, tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for n, name in enumerate(("keys", "badges", "permits", "cards"), 1):
        page(folder, name, f"The {name} of the office are renewed every {n * 10} days at the desk of the office.")
    rerank = f'rerank_url = "{server.url}/v1"\nrerank_model = "{NAME}"\nrerank_key = "{KEY}"\nrerank_s = 30\n'
    question = "How often are the badges of the office renewed?"
    async with desk(rerank) as app:
        await rows(app, "kb.add", sources=["."], folder=str(folder))

        [said] = await rows(app, "ask", text=question, person="ann")
        found = await rows(app, "kb.search", queries=[{"query": question}])

    assert f"order by {NAME}" in said["receipt"]["notes"], said
    results = found[0]["results"]
    pooling = Pooling(f"{server.url}/v1", NAME, KEY, setting="knowledge.rerank")
    try:
        # As the product sends them: the heading or title, then the text.
        scores = await pooling.rerank(
            question, [f"{r['heading'] or r['title']}\n{r['text']}" for r in results], within_s=60
        )
    finally:
        await pooling.close()
    assert [scores[n] for n in range(len(results))] == sorted(scores.values(), reverse=True)


def _cosines(a, b):
    return (a / np.linalg.norm(a, axis=1, keepdims=True)) @ (b / np.linalg.norm(b, axis=1, keepdims=True)).T
