"""An embedder behind a model server, one in sentence-transformers, and what happens while there is none to be had."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.config import KnowledgeSettings
from engine.errors import EmbedderAway, FrontdeskError, SettingsError, Unavailable
from engine.knowledge.embedders import Embedders, SentenceTransformersEmbedder, ServerEmbedder
from engine.knowledge.trial import try_embedder, try_reranker
from engine.types import Audience
from tests.knowledge.conftest import Base, Opener, Words
from tests.knowledge.model_server import ModelServer, serving

VPN = "# VPN\n\nVPN certificates are renewed in the Bluebell portal. They are valid for ninety days.\n"
LATER = {"Retry-After": "600"}  # longer than a document waits


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with serving() as running:
        yield running


def settings(server: ModelServer, **others: Any) -> KnowledgeSettings:
    return KnowledgeSettings.model_validate(
        {"embedder": "server", "embedder_url": server.url, "embedder_model": "words", "embedder_passage": "p: ",
         "pause_s": 0, **others}
    )  # fmt: skip


@pytest.fixture
async def on_server(opened: Opener, server: ModelServer) -> AsyncIterator[Callable[..., Any]]:
    """Opens knowledge bases that embed there."""
    given: list[Embedders] = []

    async def make(base: Base | None = None) -> Base:
        given.append(Embedders(None, settings(server)))
        how = {"folder": base.folder} if base else {}
        return await opened(given[-1], settings=settings(server), **how)

    yield make
    for embedders in given:
        await asyncio.to_thread(embedders.close)


@pytest.fixture
def embedder(server: ModelServer) -> Any:
    made = ServerEmbedder(server.url, "words", passage="p: ")
    yield made
    made.close()


async def in_thread(work: Callable[..., Any], *given: Any) -> Any:
    """The server answers in this loop."""
    return await asyncio.to_thread(work, *given)


async def notes(base: Base, question: str) -> tuple[str, ...]:
    return (await base.knowledge.search(question, Audience.of("acme", "workspace"))).notes


async def test_documents_and_questions_are_embedded_by_the_server(on_server, server):
    base = await on_server()
    row = await base.load("vpn.md", VPN)

    assert row.status == "searchable" and "Bluebell" in await base.texts("Where do I renew my VPN certificate?")
    assert await notes(base, "VPN certificates") == ()
    assert any("p: " in text and "Bluebell" in text for text in server.passages), "passages have their prefix"
    assert "VPN certificates" in server.passages, "and questions have none"


async def test_vectors_come_back_in_order_and_at_unit_length(embedder, server):
    texts = [f"text number {n} about {'tea' * (n % 3)}" for n in range(150)]
    found = await in_thread(embedder.passages, texts)

    assert np.allclose(found, Words("server", 48).queries(texts), atol=1e-5)
    assert max(map(len, server.embedded)) <= 64 and embedder.dimensions == 48
    assert (await in_thread(embedder.passages, [])).shape == (0, 48)


async def test_a_busy_server_is_asked_again_when_it_says(embedder, server):
    server.refusals = [(429, {"Retry-After": "0.05"}), (503, {"Retry-After": "0"})]

    assert (await in_thread(embedder.passages, ["one"])).shape == (1, 48)
    assert len(server.embedded) == 3


async def test_a_question_does_not_wait_for_a_busy_server(embedder, server):
    server.refusals = [(429, {"Retry-After": "1"})]

    with pytest.raises(EmbedderAway, match="too much to do"):
        await in_thread(embedder.queries, ["one"])
    assert len(server.embedded) == 1


async def test_after_five_failures_questions_leave_the_server_alone_for_a_while(embedder, server):
    server.refusals = [(500, {})] * 9
    for _ in range(7):
        with pytest.raises(EmbedderAway):
            await in_thread(embedder.queries, ["one"])

    assert len(server.embedded) == 5


async def test_a_text_that_is_too_long_for_the_model_counts_as_far_as_it_fits(embedder, server):
    server.longest = 300
    found = await in_thread(embedder.passages, ["short", "long " * 400, "also short"])

    assert found.shape == (3, 48)
    assert np.allclose(found[[0, 2]], Words("server", 48).queries(["short", "also short"]), atol=1e-5)


@pytest.mark.parametrize(
    "odd",
    [{}, [], {"data": []}, {"data": [{"index": 0, "embedding": ["x"]}]}, {"data": [{"index": 1, "embedding": [1.0]}]},
     {"data": [{"index": 0, "embedding": [0.0, 0.0]}]}, {"data": [{"index": 0, "embedding": []}]}],
)  # fmt: skip
async def test_what_is_no_embedding_is_said_with_the_setting(embedder, server, odd):
    server.odd = odd

    with pytest.raises(EmbedderAway, match="embedder_url"):
        await in_thread(embedder.passages, ["one"])


async def test_a_wrong_key_a_wrong_model_and_nobody_there_are_told_apart(server):
    async def said(embedder: ServerEmbedder) -> str:
        with pytest.raises(EmbedderAway) as caught:
            await in_thread(embedder.queries, ["one"])
        await in_thread(embedder.close)
        return str(caught.value)

    server.key = "right"
    assert "knowledge.embedder_key" in await said(ServerEmbedder(server.url, "words", "wrong"))
    assert "knowledge.embedder_model" in await said(ServerEmbedder(server.url, "other", "right"))
    assert "cannot be reached" in await said(ServerEmbedder("http://127.0.0.1:9/v1", "words"))
    made = ServerEmbedder(server.url, "words", "right")
    assert (await in_thread(made.queries, ["one"])).shape == (1, 48)
    await in_thread(made.close)


async def test_while_the_server_is_away_words_find_and_loading_says_why(on_server, server):
    base = await on_server()
    await base.load("vpn.md", VPN)
    await base.load("leave.md", "# Leave\n\nParental leave is sixteen weeks.\n")
    server.refusals = [(503, LATER)] * 40
    row = await base.load("new.md", "# New\n\nThe canteen opens at noon.\n")

    assert row.status == "failed" and "embedded" in row.reason and "503" in row.reason
    assert "Bluebell" in (await base.search("VPN certificates"))[0].text
    assert "words alone" in " ".join(await notes(base, "VPN certificates"))
    audience = Audience.of("acme", "workspace")
    sure = await base.knowledge.search("How long are VPN certificates valid?", audience)
    unsure = await base.knowledge.search("Which wine goes with grilled octopus on Saturn?", audience)
    assert sure.confidence > 0.6 and unsure.confidence < 0.35 and not unsure.enough
    server.refusals = []
    assert (await base.load("new.md", "# New\n\nThe canteen opens at noon.\n")).status == "searchable"


async def test_a_server_that_is_not_there_at_the_start_keeps_nobody_from_starting(on_server, server):
    base = await on_server()
    await base.load("vpn.md", VPN)
    await base.knowledge.close()
    server.refusals = [(500, {})] * 40
    again = await on_server(base)
    await again.knowledge.ready()

    assert "Bluebell" in await again.texts("VPN certificates")
    assert "words alone" in " ".join(await notes(again, "VPN certificates"))


async def test_another_model_under_the_same_name_is_noticed_by_the_length_of_its_vectors(on_server, server):
    base = await on_server()
    await base.load("vpn.md", VPN)
    server.dimensions = 32
    for restarted in (False, True):
        if restarted:
            await base.knowledge.close()
        now = await on_server(base) if restarted else base
        row = await now.load("more.md", "# More\n\nThe canteen opens at noon.\n")
        assert row.status == "failed" and "32 numbers" in row.reason and "embedder_model" in row.reason
        assert "Bluebell" in await now.texts("VPN certificates")
        assert "words alone" in " ".join(await notes(now, "VPN certificates"))


def test_the_name_kept_with_vectors_says_all_that_changes_them():
    url = "http://127.0.0.1:9/v1"
    names = {ServerEmbedder(url, *how).name for how in (
        ("a",), ("b",), ("a", "key", "q: "), ("a", "key", "", "q: "), ("a", "key", "q", ": "),
    )}  # fmt: skip
    assert len(names) == 5
    assert ServerEmbedder("http://127.0.0.1:8/v1", "a", "other key").name == ServerEmbedder(url, "a").name
    known = Embedders(Words(), KnowledgeSettings(embedder_url=url))
    assert {known.of(name).name for name in names} == names
    known.close()
    assert Embedders(Words(), KnowledgeSettings()).of("server:a") is None


@pytest.mark.parametrize(
    ("wrong", "word"),
    [({"embedder": "server", "embedder_model": "m"}, "embedder_url"), ({"embedder": "server"}, "embedder_url"),
     ({"embedder": "server", "embedder_url": "http://h/v1"}, "embedder_model"),
     ({"embedder": "sentence-transformers"}, "embedder_model"), ({"rerank_url": "http://h/v1"}, "rerank_model"),
     ({"embedder": "server", "embedder_url": "h:80", "embedder_model": "m"}, "address")],
)  # fmt: skip
def test_settings_that_lack_something_say_what(wrong, word):
    with pytest.raises(ValueError, match=word):
        KnowledgeSettings.model_validate(wrong)


@pytest.mark.skipif(importlib.util.find_spec("sentence_transformers") is not None, reason="it is installed here")
def test_without_the_package_sentence_transformers_says_what_to_install():
    chosen = KnowledgeSettings(embedder="sentence-transformers", embedder_model="some-model")
    with pytest.raises(SettingsError, match="install sentence-transformers"):
        Embedders(None, chosen)


class Encoder:
    """As SentenceTransformer has it: ``encode`` with these keywords, an array with a row for each text."""

    def __init__(self, name_or_path: str):
        if name_or_path == "nowhere":
            raise OSError("no such folder")

    def encode(
        self, sentences: list[str], *, convert_to_numpy: bool, normalize_embeddings: bool, show_progress_bar: bool
    ) -> NDArray[np.float32]:
        assert convert_to_numpy and normalize_embeddings and not show_progress_bar
        return Words("st", 40).queries(sentences)


def test_a_model_of_sentence_transformers_embeds_with_its_prefixes(tmp_path, monkeypatch):
    """With a module of that name and the interface that its documentation tells; the real one was not run."""
    (tmp_path / "sentence_transformers.py").write_text(
        "from tests.knowledge.test_embedders import Encoder as SentenceTransformer\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    made = SentenceTransformersEmbedder("a/model", query="ask: ", passage="say: ")

    assert np.allclose(made.queries(["tea"]), Words("st", 40).queries(["ask: tea"]))
    assert np.allclose(made.passages(["tea", "milk"]), Words("st", 40).queries(["say: tea", "say: milk"]))
    assert made.dimensions == 40 and made.name == 'sentence-transformers:["a/model","ask: ","say: "]'
    with pytest.raises(EmbedderAway, match="embedder_model"):
        SentenceTransformersEmbedder("nowhere").open()


async def test_the_doctor_tries_embedder_and_reranker_on_three_sentences(server):
    chosen = settings(server, rerank_url=server.url, rerank_model="cross", rerank_s=20)
    said = await try_embedder(chosen)
    assert "words" in said and server.url in said and "48 numbers" in said
    assert "cross" in await try_reranker(chosen)

    server.odd = {"data": [{"index": n, "embedding": [1.0, 0.5]} for n in range(3)]}  # no matter what is asked
    with pytest.raises(FrontdeskError, match="nearest"):
        await try_embedder(chosen)
    server.odd = {"results": [{"index": 0, "relevance_score": 1.0}]}
    with pytest.raises(FrontdeskError, match="wrong passage"):
        await try_reranker(chosen)
    server.odd, server.refusals = None, [(503, LATER)] * 2
    with pytest.raises(Unavailable, match="does not answer"):
        await try_embedder(chosen)
    with pytest.raises(Unavailable, match="does not answer"):
        await try_reranker(chosen)
