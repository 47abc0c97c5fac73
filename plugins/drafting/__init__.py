"""Drafting: announcements, articles, replies and other texts, written, checked and changed in a conversation."""

from plugins.drafting.drafting import Drafting

__all__ = ["Drafting"]
