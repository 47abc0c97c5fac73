"""A plain LlamaIndex answerer over HTTP, as its documentation has one; runs in an environment of its own.

    PYTHON llamaindex_loop.py FOLDER SERVER PORT [PAGE...]

``VectorStoreIndex`` over its Chroma store in FOLDER, ``as_query_engine(streaming=True)`` and ``aquery`` behind FastAPI
and uvicorn on uvloop; a node postprocessor numbers the passages, as they are to be cited.  With PAGEs it loads them and
ends.  Its embedder is ours, the e5 half alone, in a thread; the Chroma store searches in the event loop, as it comes.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import chromadb
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from llama_index.core import ChatPromptTemplate, Document, QueryBundle, StorageContext, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.llms.openai_like import OpenAILike
from llama_index.vector_stores.chroma import ChromaVectorStore
from packaged import E5
from pydantic import BaseModel, PrivateAttr

FOUND = 4  # passages in a prompt, as the LangChain loop has
PROMPT = ChatPromptTemplate.from_messages(
    [
        ("system", "You answer questions from the passages given and cite them by number, as [1]."),
        ("user", "{context_str}\n\nQuestion: {query_str}"),
    ]
)


class Packaged(BaseEmbedding):
    """Our packaged e5 as LlamaIndex calls an embedder."""

    _e5: E5 = PrivateAttr(default_factory=E5)

    def model_post_init(self, context: Any, /) -> None:
        """Open it now, not at the first question."""
        super().model_post_init(context)
        self._e5.open()

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._e5.passages([text])[0].tolist()

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._e5.passages(texts).tolist()

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._e5.queries([query])[0].tolist()

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)


class Numbered(BaseNodePostprocessor):
    """The passages as they stand in the prompt."""

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        texts = [f"[{n}] {one.node.metadata['source']}\n{one.text}" for n, one in enumerate(nodes, 1)]
        return [
            NodeWithScore(node=TextNode(text=text), score=one.score) for text, one in zip(texts, nodes, strict=True)
        ]


class Question(BaseModel):
    """What is asked."""

    text: str


def load(store: ChromaVectorStore, pages: list[str]) -> None:
    """Split the pages and keep their passages."""
    documents = [
        Document(
            text=Path(page).read_text("utf-8"),
            metadata={"source": Path(page).name},
            excluded_embed_metadata_keys=["source"],
        )
        for page in pages
    ]
    splitter = SentenceSplitter(chunk_size=256, chunk_overlap=32)  # tokens: about the LangChain loop's 800 letters
    context = StorageContext.from_defaults(vector_store=store)
    VectorStoreIndex.from_documents(documents, context, transformations=[splitter], embed_model=Packaged())


def application(store: ChromaVectorStore, server: str) -> FastAPI:
    """``POST /ask`` streams the answer as plain text, piece by piece."""
    model = OpenAILike(
        model="paced", api_base=f"{server}/v1", api_key="none", max_tokens=1500, temperature=0, context_window=8192,
        is_chat_model=True,
    )  # fmt: skip
    index = VectorStoreIndex.from_vector_store(store, embed_model=Packaged())
    engine = index.as_query_engine(
        llm=model, streaming=True, similarity_top_k=FOUND, text_qa_template=PROMPT, node_postprocessors=[Numbered()]
    )
    app = FastAPI()

    @app.post("/ask")
    async def ask(question: Question) -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            answer = await engine.aquery(question.text)
            async for piece in answer.async_response_gen():
                if piece:
                    yield piece

        return StreamingResponse(pieces(), media_type="text/plain")

    return app


def main() -> None:
    """Load, or serve."""
    folder, server, port, *pages = sys.argv[1:]
    client = chromadb.PersistentClient(f"{folder}/chroma", chromadb.config.Settings(anonymized_telemetry=False))
    store = ChromaVectorStore(chroma_collection=client.get_or_create_collection("pages"))
    if pages:
        load(store, pages)
        return
    uvicorn.run(application(store, server), host="127.0.0.1", port=int(port), loop="uvloop", log_level="warning")


if __name__ == "__main__":
    main()
