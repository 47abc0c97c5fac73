"""Files to pages, in limited child processes: ``Reader`` is what the rest of the engine uses."""

from engine.knowledge.reading.reader import Member, Reader

__all__ = ["Member", "Reader"]
