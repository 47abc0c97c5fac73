"""The inside of Frontdesk; a plugin imports from here and nowhere else."""

from engine.asked import Composed
from engine.plugin import Plugin
from engine.prompt import Past
from engine.turn import Turn
from engine.types import Found, Message, Outcome, Passage, Reply, Source

__all__ = ["Composed", "Found", "Message", "Outcome", "Passage", "Past", "Plugin", "Reply", "Source", "Turn"]
