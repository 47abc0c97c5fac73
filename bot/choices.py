"""A menu of buttons: one of several is chosen, where they are too many, or too long, to stand side by side."""

from __future__ import annotations

from dataclasses import dataclass

#: What every platform takes in one menu, and in the label and in the value of a choice (Discord: 25, 100 and 100;
#: Slack: 100, 75 and 150).
MOST, LABEL_CHARS, VALUE_CHARS = 25, 75, 100


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a menu: ``label`` is shown, ``value`` comes back."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Select:
    """A menu among the buttons of a notice, or below an answer: one ``Choice`` at a time.

    Choosing is like pressing a button with this ``action`` and the choice's value, so whoever acts on it need not
    know.  ``label`` stands there until something is chosen, or the choice whose value is ``chosen``.
    """

    label: str
    action: str
    choices: tuple[Choice, ...]
    chosen: str = ""

    @property
    def fitting(self) -> tuple[Choice, ...]:
        """The choices that every platform can carry."""
        return tuple(c for c in self.choices if c.label.strip() and 0 < len(c.value) <= VALUE_CHARS)[:MOST]
