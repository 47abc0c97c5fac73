"""Embedders that are not packaged (a model server, sentence-transformers), and the choice among all by a name."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import CancelledError
from typing import Any, TypeVar

import numpy as np
import orjson

from engine.errors import EmbedderAway, ModelUnavailable, PromptTooLong, SettingsError
from engine.finding_settings import FindingSettings
from engine.knowledge.background import Background
from engine.knowledge.embed import E5, Embedder, Floats, Packaged
from engine.model.circuit import Circuit
from engine.model.pooling import Busy, Pooling

R = TypeVar("R")

_TEXTS = 64  # in one request
_QUESTION_S = 3.0  # a question goes on by words alone after that
_PASSAGES_S = 30.0  # one request
_PAUSES_S = (0.5, 1.0, 2.0, 4.0)  # before another try, where the server does not say
_LONGEST_PAUSE_S = 15.0  # a document has 85 s in all
_SHORTEST = 100  # characters that a text which is too long for the model is cut to at the least


class ServerEmbedder:
    """A model behind ``/v1/embeddings``, as vLLM and others serve it.

    Its methods block, as those of all embedders; the connections live in a loop and thread of their own.  Passages are
    tried again when the server is busy or away, as it asks (Retry-After); questions are not: they go on without.
    Vectors are brought to unit length; all must have the length that the first one had, or ``expected``.  Errors are
    ``EmbedderAway``.
    """

    def __init__(self, url: str, model: str, key: str = "", query: str = "", passage: str = ""):
        """Nothing is opened yet; ``query`` and ``passage`` are put before questions and passages."""
        self.name = _named("server", model, query, passage)
        self.expected = 0  # the length of the vectors that are kept of it; 0: there are none
        self._query, self._passage = query, passage
        self._server = Pooling(url, model, key, setting="knowledge.embedder")
        self._circuit = Circuit()  # for questions: who waits in vain again and again is spared it
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def dimensions(self) -> int:
        """As the server's first answer had it; asks where there was none yet."""
        if not self.expected:
            self.open()
        return self.expected

    def open(self) -> None:
        """Ask the server for a vector, so that whoever waits for it hears soon when it is away."""
        self.queries(["How long is a vector?"])

    def queries(self, texts: Sequence[str]) -> Floats:
        """A row for each question; within 3 s or not at all."""
        return self._wait(self._asked([self._query + text for text in texts]))

    def passages(self, texts: Sequence[str]) -> Floats:
        """A row for each passage; waits and tries again for half a minute or so where the server is busy or away."""
        return self._wait(self._tried([self._passage + text for text in texts]))

    def close(self) -> None:
        """Let go of the connections; who still waits hears that it is closed."""
        with self._lock:
            self._closed = True
            loop, self._loop = self._loop, None
        if loop:
            asyncio.run_coroutine_threadsafe(self._ended(), loop).result()
            loop.call_soon_threadsafe(loop.stop)

    async def _ended(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.close()

    def _wait(self, work: Coroutine[Any, Any, R]) -> R:
        with self._lock:
            if self._closed:
                work.close()
                raise EmbedderAway("the embedder was closed")
            if self._loop is None:
                self._loop = _running_loop()
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except CancelledError:
            raise EmbedderAway("the embedder was closed") from None
        except ModelUnavailable as e:
            raise EmbedderAway(f"the embedder does not answer: {e}", retry_after_s=e.retry_after_s) from e

    async def _asked(self, texts: Sequence[str]) -> Floats:
        with self._circuit.guarded(Busy):
            return await self._rows(texts, _QUESTION_S)

    async def _tried(self, texts: Sequence[str]) -> Floats:
        parts = []
        for start in range(0, len(texts), _TEXTS):
            some = texts[start : start + _TEXTS]
            for pause in (*_PAUSES_S, None):
                try:
                    parts.append(await self._rows(some, _PASSAGES_S))
                    break
                except Busy as e:
                    wait_s = pause if e.retry_after_s is None else e.retry_after_s
                    if pause is None or wait_s is None or wait_s > _LONGEST_PAUSE_S:
                        raise
                    await asyncio.sleep(max(wait_s, 0.05))
        return np.vstack(parts) if parts else np.zeros((0, self.expected), np.float32)

    async def _rows(self, texts: Sequence[str], within_s: float) -> Floats:
        """The vectors; a text that is too long for the model counts as far as it fits."""
        try:
            found = np.array(await self._server.embed(texts, within_s=within_s), np.float32)
        except PromptTooLong:
            if len(texts) > 1:
                half = len(texts) // 2
                return np.vstack([await self._rows(some, within_s) for some in (texts[:half], texts[half:])])
            if len(texts[0]) <= _SHORTEST:
                raise
            return await self._rows([texts[0][: max(_SHORTEST, len(texts[0]) // 2)]], within_s)
        if self.expected and found.shape[1] != self.expected:
            raise ModelUnavailable(
                f"{self._server.place} answers with vectors of {found.shape[1]} numbers, but those kept of {self.name} "
                f"have {self.expected}: it serves another model now; give knowledge.embedder_model the name of that "
                "one (everything is embedded anew then), or serve the old one again"
            )
        self.expected = found.shape[1]
        unit: Floats = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit


class SentenceTransformersEmbedder:
    """A model that the package sentence-transformers runs in this process; the package is yours to install.

    ``query`` and ``passage`` are put before questions and passages.  The package is imported by ``open``.
    """

    def __init__(self, model: str, query: str = "", passage: str = ""):
        """Raises ``SettingsError`` where the package is not installed."""
        if importlib.util.find_spec("sentence_transformers") is None:
            raise SettingsError(
                'knowledge.embedder = "sentence-transformers" needs the package: install sentence-transformers into '
                "the environment of frontdesk (it brings PyTorch), or set knowledge.embedder to packaged or server"
            )
        self.name = _named("sentence-transformers", model, query, passage)
        self._model, self._query, self._passage = model, query, passage
        self._lock = threading.Lock()
        self._loaded: Any = None

    @property
    def dimensions(self) -> int:
        """As the model has it."""
        return int(self.queries([""]).shape[1])

    def open(self) -> None:
        """Load the model; raises ``EmbedderAway`` when there is none by this name, or no way to get it now."""
        with self._lock:
            if self._loaded is None:
                made = importlib.import_module("sentence_transformers").SentenceTransformer
                try:
                    self._loaded = made(self._model)
                except (OSError, ValueError) as e:
                    raise EmbedderAway(
                        f"knowledge.embedder_model: sentence-transformers cannot load {self._model!r}: {e}"
                    ) from e

    def queries(self, texts: Sequence[str]) -> Floats:
        """A row for each question."""
        return self._encoded([self._query + text for text in texts])

    def passages(self, texts: Sequence[str]) -> Floats:
        """A row for each passage."""
        return self._encoded([self._passage + text for text in texts])

    def _encoded(self, texts: list[str]) -> Floats:
        self.open()
        with self._lock:  # nothing says that a model may be used by several threads at a time
            found = self._loaded.encode(
                texts, convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(found, np.float32)


class Stopgap:
    """In the place of an embedder that is gone for good: its vectors say nothing, and nobody searches with them.

    Where a workspace is still searched by that embedder's vectors (by words alone, then, since no question can be
    embedded), new passages need vectors of the same length until those of its successor are all there.
    """

    def __init__(self, name: str, dimensions: int):
        self.name, self.dimensions = name, dimensions

    def open(self) -> None:
        """Nothing."""

    def queries(self, texts: Sequence[str]) -> Floats:
        """All the same."""
        found = np.zeros((len(texts), self.dimensions), np.float32)
        found[:, 0] = 1.0
        return found

    passages = queries


class Embedders:
    """The embedder that the settings name, and those whose vectors may still be searched: ``of`` finds them."""

    def __init__(self, configured: Embedder | None, settings: FindingSettings, former: Sequence[Embedder] = ()):
        """``configured`` None: as the settings say; ``former`` are known beside the ones that can be made by name."""
        self._settings = settings
        self._known: dict[str, Embedder] = {one.name: one for one in former}
        self._made: list[ServerEmbedder] = []
        self._backgrounds: dict[str, Background] = {}
        self.configured = configured or self._as_set()
        self._known[self.configured.name] = self.configured

    def of(self, name: str) -> Embedder | None:
        """The embedder of this name; None when there is none any more that could embed a question."""
        if name not in self._known and (made := self._by_name(name)):
            self._known[name] = made
        return self._known.get(name)

    def expect(self, dimensions: int) -> None:
        """So long are the vectors that are kept of the configured one; 0: there are none."""
        if isinstance(self.configured, ServerEmbedder):
            self.configured.expected = dimensions

    def background(self, name: str) -> Background | None:
        """What is ordinary for that embedder."""
        embedder = self.of(name)
        if embedder and name not in self._backgrounds:
            self._backgrounds[name] = Background(embedder)
        return self._backgrounds.get(name)

    def close(self) -> None:
        """Let go of what was made here; blocks for a moment."""
        for one in self._made:
            one.close()

    def _as_set(self) -> Embedder:
        settings = self._settings
        if settings.embedder == "packaged":
            return Packaged()
        model, query, passage = settings.embedder_model, settings.embedder_query, settings.embedder_passage
        if settings.embedder == "server":
            return self._at_server(model, query, passage)
        return SentenceTransformersEmbedder(model, query, passage)

    def _at_server(self, model: str, query: str, passage: str) -> ServerEmbedder:
        key = self._settings.embedder_key.get_secret_value()
        made = ServerEmbedder(self._settings.embedder_url, model, key, query, passage)
        self._made.append(made)
        return made

    def _by_name(self, name: str) -> Embedder | None:
        if name in {Packaged.name, E5.name}:
            return Packaged() if name == Packaged.name else E5()
        kind, _, rest = name.partition(":")
        if kind == "server" and self._settings.embedder_url:
            return self._at_server(*_parts(rest))
        if kind == "sentence-transformers":
            try:
                return SentenceTransformersEmbedder(*_parts(rest))
            except SettingsError:
                return None
        return None


def _named(kind: str, model: str, query: str, passage: str) -> str:
    """Everything that changes a vector; ``_parts`` reads it."""
    return f"{kind}:{orjson.dumps([model, query, passage]).decode()}" if query or passage else f"{kind}:{model}"


def _parts(rest: str) -> tuple[str, str, str]:
    if rest.startswith("["):
        model, query, passage = orjson.loads(rest)
        return model, query, passage
    return rest, "", ""


def _running_loop() -> asyncio.AbstractEventLoop:
    """A loop that runs in a thread of its own until it is stopped."""
    loop = asyncio.new_event_loop()

    def run() -> None:
        try:
            loop.run_forever()
        finally:
            loop.close()

    threading.Thread(target=run, name="embedder", daemon=True).start()
    return loop
