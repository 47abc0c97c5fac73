"""How much of what goes into a prompt."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.prompt import estimated
from engine.types import Found, Passage

#: Tokens for the rules, a plugin's instructions and the question.
_RULES_TOKENS = 700
#: A passage that scores below this part of the best one's score is left out of the prompt.
_WORTH_SHOWING = 0.5


@dataclass(frozen=True, slots=True)
class Budget:
    """How many tokens (as ``engine.prompt.estimated``) of what go into a prompt; ``tokens`` of the answer at most.

    ``attached``: of the files that came with the question, all together.
    """

    passages: int
    history: int
    tokens: int
    attached: int = 0

    def within(self, window: int, attached: int = 0) -> Budget:
        """The same for a model with room for ``window`` tokens of prompt and answer together (0: not known).

        ``attached``: how long the files of this question are; passages and files share the room evenly at worst.
        """
        attached = min(self.attached, attached)
        if not window:
            return replace(self, attached=attached)
        tokens = min(self.tokens, window // 4)
        room = max(0, window - tokens - _RULES_TOKENS)
        attached = min(attached, room // 2)
        passages = min(self.passages, room - attached)
        history = min(self.history, room - attached - passages)
        return Budget(passages, history, tokens, attached)


def chosen(found: Found, tokens: int) -> tuple[Passage, ...]:
    """The passages for the prompt: as many tokens at most, but one always, and none that is far worse than the best."""
    some: list[Passage] = []
    size = 0
    for passage in found.passages:
        size += estimated(passage.text)
        if some and (size > tokens or passage.score < _WORTH_SHOWING * found.passages[0].score):
            break
        some.append(passage)
    return tuple(some)
