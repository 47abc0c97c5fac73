"""A web page to ask on: streamed answers, their sources, and the visitor's own history."""

from bot.web.archive import Archive, Exchange, Talk
from bot.web.channel import Web

__all__ = ["Archive", "Exchange", "Talk", "Web"]
