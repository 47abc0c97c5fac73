"""The inside of Frontdesk; a plugin imports from here and nowhere else."""

from engine.plugin import Plugin
from engine.turn import Turn
from engine.types import Found, Message, Outcome, Passage, Reply, Source

__all__ = ["Found", "Message", "Outcome", "Passage", "Plugin", "Reply", "Source", "Turn"]
