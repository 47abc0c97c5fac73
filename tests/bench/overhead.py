"""What we add to the first token: the whole path, less the raw embedder, Chroma and model server in the same run.

    python -m tests.bench.overhead [--quick] [--json] [--plot FILE]

One question at a time goes through the app as a channel hands it in: kept, claimed, searched, judged, prompted,
streamed.  ``added_ttft_ms`` is the time from the event to the server's first token in our hands, ``first_visible_ms``
to the first checked text that the channel may show (a sentence, with its source); from both are taken the same
question embedded, one Chroma query for 50 in a copy of the vectors, and the same prompt sent with aiohttp until its
first token, one after the other, before or after ours in turn.  ``control`` is the raw sum against itself.  The server
is a stand-in in a process of its own that answers at once.
"""

from __future__ import annotations

import asyncio
import logging
import random
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import chromadb
import numpy as np
import orjson
import structlog
import uvloop
from langchain_core.messages import BaseMessage
from pydantic import PrivateAttr

from bot.app import App
from bot.channel import Post
from engine.config import load
from engine.growing import Growing
from engine.knowledge.embed import Packaged
from engine.model import ModelSettings
from engine.model.cleaning import as_messages
from engine.model.contract import Piece
from engine.model.served import ServedModel
from engine.model.tools import Toolbox
from engine.types import Addressed, Conversation, Message, Reply
from tests import postgresql
from tests.bench.handed_in import HandedIn
from tests.bench.report import Result, machine, options, show
from tests.bench.throughput import paced_server

PAGES = Path(__file__).parents[2] / "bot" / "samples" / "pages"
CASES = Path(__file__).parents[1] / "data" / "demo_cases.jsonl"
WARM = 10  # questions that are not counted


class Watched:
    """The model as the app has it; notes when the first token came, and the prompt."""

    def __init__(self, model: ServedModel):
        self._model = model
        self.first_at = 0.0
        self.prompt: Sequence[BaseMessage] = ()

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def window(self) -> int:
        return self._model.window

    async def write(
        self,
        prompt: Sequence[BaseMessage],
        *,
        max_tokens: int,
        session: str = "",
        salt: str = "",
        adapter: str = "",
        tools: Toolbox | None = None,
    ) -> AsyncGenerator[Piece]:
        self.prompt, self.first_at = prompt, 0.0
        writing = self._model.write(
            prompt, max_tokens=max_tokens, session=session, salt=salt, adapter=adapter, tools=tools
        )
        async with aclosing(writing) as pieces:
            async for piece in pieces:
                self.first_at = self.first_at or time.perf_counter()
                yield piece

    async def ready(self) -> str:
        return await self._model.ready()

    async def close(self) -> None:
        await self._model.close()


class Bench(HandedIn):
    """Hands in one question and sees its answer grow."""

    _visible_at: float = PrivateAttr(default=0.0)
    _done: asyncio.Event = PrivateAttr(default_factory=asyncio.Event)
    _reply: Reply | None = PrivateAttr(default=None)

    @property
    def reply(self) -> Reply | None:
        """The last one; none where it was left."""
        return self._reply

    def grows(self) -> None:
        self._visible_at = self._visible_at or time.perf_counter()

    def ends(self, post: Post, growing: Growing) -> None:
        self.grows()  # a short answer may be whole at once
        self._reply = growing.reply
        self._done.set()

    async def asked(self, app: App, message: Message) -> float:
        """Hand in a question and wait for the end; returns when the first text was visible."""
        self._visible_at, self._done = 0.0, asyncio.Event()
        await app.reception.accept(message)
        await asyncio.wait_for(self._done.wait(), 60)
        while (await app.inbox.open_events()).total:
            await asyncio.sleep(0.005)
        return self._visible_at


class Raw:
    """The parts that nobody can do without, each as bare as it gets."""

    def __init__(self, url: str, session: aiohttp.ClientSession, embedder: Packaged, collection: Any):
        self._url, self._session, self._embedder, self._collection = url, session, embedder, collection

    async def spent(self, question: str, prompt: Sequence[BaseMessage]) -> float:
        """Milliseconds for embedding, one query and the first token, one after the other."""
        began = time.perf_counter()
        vector = self._embedder.queries([question])
        self._collection.query(query_embeddings=vector, n_results=50, include=["distances"])
        local = time.perf_counter() - began
        body = {"model": "paced", "messages": as_messages(prompt), "max_tokens": 1500, "stream": True}
        data = orjson.dumps(body)
        began = time.perf_counter()
        async with self._session.post(
            f"{self._url}/v1/chat/completions", data=data, headers={"Content-Type": "application/json"}
        ) as response:
            first = 0.0
            async for line in response.content:
                if line.startswith(b"data: {") and not first:
                    choices = orjson.loads(line[6:])["choices"]
                    first = time.perf_counter() - began if choices and choices[0]["delta"].get("content") else 0.0
        return (local + first) * 1000


@asynccontextmanager
async def opened(url: str, database: str, pages: Sequence[str]) -> AsyncIterator[tuple[App, Watched, Bench, Path]]:
    """The app with the demo's documents, as ``run`` has it but for the channel."""
    with tempfile.TemporaryDirectory(prefix="overhead-") as folder:
        settings = _settings(Path(folder), url, database)
        model = Watched(ServedModel(ModelSettings(use="vllm", url=f"{url}/v1")))
        await model.ready()
        channel = Bench()
        app = App(load(settings), serving=True, model=model, channels=(channel,))
        async with app.opened():
            async for _ in app.knowledge.add(pages, workspace="acme", folder=PAGES):
                pass
            await app.knowledge.ready()
            yield app, model, channel, Path(folder)


def _settings(folder: Path, url: str, database: str) -> Path:
    file = folder / "frontdesk.toml"
    file.write_text(
        f'workspace = "acme"\n[data]\npath = "{folder}/var"\n[database]\nurl = "{database}"\n'
        f'[model]\nuse = "vllm"\nurl = "{url}/v1"\n'
    )
    return file


async def copied(app: App, folder: Path) -> Any:
    """The app's vectors in a Chroma of our own."""
    client = chromadb.PersistentClient(str(folder / "raw"), chromadb.config.Settings(anonymized_telemetry=False))
    collection = client.create_collection("raw", embedding_function=None, metadata={"hnsw:space": "cosine"})
    for document in await app.knowledge.documents("acme"):
        kept = await app.knowledge._documents.passages(document.id)
        vectors = [np.frombuffer(passage.vector, "<f4") for passage in kept]
        if vectors:
            collection.add(ids=[passage.id for passage in kept], embeddings=np.stack(vectors))
    return collection


async def run(url: str, database: str, pages: Sequence[str], questions: Sequence[str]) -> dict[str, list[float]]:
    """Added milliseconds of each question: ``first`` token, ``visible`` text, ``control``."""
    added: dict[str, list[float]] = {"first": [], "visible": [], "control": [], "raw": []}
    async with AsyncExitStack() as stack:
        app, model, channel, folder = await stack.enter_async_context(opened(url, database, pages))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        embedder = Packaged()
        embedder.open()
        raw = Raw(url, session, embedder, await copied(app, folder))
        prompts: dict[str, Sequence[BaseMessage]] = {}
        for n, question in enumerate([*questions[:WARM], *questions]):
            message = Message(f"m{n}", Conversation("bench", "acme", f"room{n}", ""), "ann", question, Addressed.DIRECT)
            first = [await raw.spent(question, prompts[question])] if question in prompts and n % 2 else []
            model.first_at = 0.0
            began = time.perf_counter()
            visible_at = await channel.asked(app, message)
            if not model.first_at:
                continue  # judged not to be answerable: no token to wait for
            prompts[question] = model.prompt
            spent = first or [await raw.spent(question, model.prompt)]
            again = await raw.spent(question, model.prompt)
            if n < WARM:
                continue
            added["first"].append((model.first_at - began) * 1000 - spent[0])
            added["visible"].append((visible_at - began) * 1000 - spent[0])
            added["control"].append(again - spent[0])
            added["raw"].append(spent[0])
    return added


def asked_for(*, quick: bool) -> tuple[list[str], list[str]]:
    """Pages to load, and answerable questions about them in an order that does not change; a few times over."""
    cases = [orjson.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    pages = [f"{language}/{name}.md" for language in ("en", "zh") for name in ("returns", "warranty", "shipping")]
    if not quick:
        pages = sorted({page for case in cases for page in case.get("documents", [])})
    questions = [case["question"] for case in cases if set(case.get("documents", [])) & set(pages)]
    random.Random(7).shuffle(questions)
    return pages, (questions * 100)[: 80 if quick else 400]


def middle(values: Sequence[float]) -> dict[str, float]:
    """p50 and p99, and how many."""
    if not values:
        raise SystemExit("No question was answered: does the demo's knowledge base load?")
    return {
        "p50": round(statistics.median(values), 2),
        "p99": round(float(np.percentile(values, 99)), 2),
        "n": len(values),
    }


async def measure(*, quick: bool) -> Result:
    """SQLite and PostgreSQL, in turn."""
    pages, questions = asked_for(quick=quick)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    taken: dict[str, dict[str, list[float]]] = {}
    async with paced_server("--echo") as url:
        with postgresql.running() as server:
            for name, database in (("sqlite", ""), ("postgresql", server.new_database())):
                taken[name] = await run(url, database, pages, questions)
    return {
        "bench": "overhead",
        "added_ttft_ms": {name: middle(values["first"]) for name, values in taken.items()},
        "first_visible_ms": {name: middle(values["visible"]) for name, values in taken.items()},
        "control": {name: middle(values["control"]) for name, values in taken.items()},
        "raw_ms": {name: middle(values["raw"]) for name, values in taken.items()},
        **machine("aiohttp", "chromadb", "onnxruntime", "sqlalchemy"),
    }


def _table(result: Result) -> list[list[str]]:
    rows = [["ms", "database", "p50", "p99", "n"]]
    for what in ("added_ttft_ms", "first_visible_ms", "control", "raw_ms"):
        rows += [[what, name, *(str(v[key]) for key in ("p50", "p99", "n"))] for name, v in result[what].items()]
    return rows


def _plot(result: Result, axes: Any) -> None:
    names = list(result["added_ttft_ms"])
    for n, key in enumerate(("p50", "p99")):
        axes.bar([x + 0.4 * n for x in range(len(names))], [result["added_ttft_ms"][name][key] for name in names],
                 width=0.4, label=key)  # fmt: skip
    axes.set_xticks([x + 0.2 for x in range(len(names))], names)
    axes.set_ylabel("added before the first token, ms")
    axes.legend()


def main() -> None:
    """Measure and show."""
    asked = options(__doc__)
    show(uvloop.run(measure(quick=asked.quick)), asked, table=_table, plot=_plot)


if __name__ == "__main__":
    main()
