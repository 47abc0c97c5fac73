"""A plain LangChain answerer over HTTP, as its documentation has one; runs in an environment of its own.

    PYTHON langchain_loop.py FOLDER SERVER PORT [PAGE...]

retriever | prompt | model | StrOutputParser behind FastAPI and uvicorn on uvloop, streamed with ``astream``; the
vectors persisted by langchain-chroma in FOLDER; everything async on kept connections.  With PAGEs it loads them and
ends.  The usual embedders fetch their weights from a hub: this one gets ours, the e5 half alone, through a small
``Embeddings`` class, so that loops are compared and not embedders.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough
from langchain_openai import ChatOpenAI
from langchain_text_splitters import RecursiveCharacterTextSplitter
from packaged import E5
from pydantic import BaseModel

FOUND = 4  # passages in a prompt: the retriever's default
PROMPT = ChatPromptTemplate.from_messages(
    [
        ("system", "You answer questions from the passages given and cite them by number, as [1]."),
        ("human", "{context}\n\nQuestion: {question}"),
    ]
)


class Packaged(Embeddings):
    """Our packaged e5 as LangChain calls an embedder; its async methods run it in a thread."""

    def __init__(self) -> None:
        self._e5 = E5()
        self._e5.open()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A list of numbers for each passage."""
        return self._e5.passages(texts).tolist()

    def embed_query(self, text: str) -> list[float]:
        """The numbers of a question."""
        return self._e5.queries([text])[0].tolist()


class Question(BaseModel):
    """What is asked."""

    text: str


def kept(folder: Path) -> Chroma:
    """The collection, on disk."""
    return Chroma("pages", embedding_function=Packaged(), persist_directory=str(folder / "chroma"))


def load(store: Chroma, pages: list[str]) -> None:
    """Split the pages and keep their passages."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=800, chunk_overlap=100)
    documents = [Document(Path(page).read_text("utf-8"), metadata={"source": Path(page).name}) for page in pages]
    store.add_documents(splitter.split_documents(documents))


def numbered(documents: list[Document]) -> str:
    """The passages as they stand in the prompt."""
    return "\n\n".join(f"[{n}] {d.metadata['source']}\n{d.page_content}" for n, d in enumerate(documents, 1))


def application(store: Chroma, server: str) -> FastAPI:
    """``POST /ask`` streams the answer as plain text, piece by piece."""
    model = ChatOpenAI(model="paced", base_url=f"{server}/v1", api_key="none", max_tokens=1500, temperature=0)
    found = store.as_retriever(search_kwargs={"k": FOUND}) | numbered
    chain = {"context": found, "question": RunnablePassthrough()} | PROMPT | model | StrOutputParser()
    app = FastAPI()

    @app.post("/ask")
    async def ask(question: Question) -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            async for piece in chain.astream(question.text):
                if piece:
                    yield piece

        return StreamingResponse(pieces(), media_type="text/plain")

    return app


def main() -> None:
    """Load, or serve."""
    folder, server, port, *pages = sys.argv[1:]
    store = kept(Path(folder))
    if pages:
        load(store, pages)
        return
    uvicorn.run(application(store, server), host="127.0.0.1", port=int(port), loop="uvloop", log_level="warning")


if __name__ == "__main__":
    main()
