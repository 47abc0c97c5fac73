"""Drafting: announcements, articles, replies and other texts, written, checked and changed in a conversation."""
