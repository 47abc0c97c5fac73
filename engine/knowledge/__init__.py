"""Documents in, passages out: loading, splitting, embedding, indexing, searching, forgetting."""

from engine.knowledge.embed import E5, Embedder
from engine.knowledge.knowledge import Knowledge
from engine.knowledge.values import Difference, Loaded, Progress
from engine.store.documents import Document

__all__ = ["E5", "Difference", "Document", "Embedder", "Knowledge", "Loaded", "Progress"]
