"""Documents in, passages out: loading, splitting, embedding, indexing, searching, forgetting."""

from engine.knowledge.embed import E5, Embedder, Packaged
from engine.knowledge.knowledge import Knowledge
from engine.knowledge.loads import Loads, Upload, wanted_of
from engine.knowledge.values import Difference, Entry, KeptEntry, Loaded, Wording
from engine.store.documents import Document
from engine.store.loads import Load, Wanted
from engine.store.sources import Source

__all__ = ["E5", "Difference", "Document", "Embedder", "Entry", "KeptEntry", "Knowledge", "Load", "Loaded", "Loads",
           "Packaged", "Source", "Upload", "Wanted", "Wording", "wanted_of"]  # fmt: skip
