"""Named places where a test may kill the process: compiled in, off unless ``FRONTDESK_FAIL_AT=name:n`` is set."""

from __future__ import annotations

import itertools
import os
import signal

from engine.errors import SettingsError

#: The failpoints of a message in the order in which it passes them, with what is true there.
OF_MESSAGES: dict[str, str] = {
    "arrived": "a message is in memory and nothing is written",
    "accepting": "the transaction that keeps the message is open",
    "accepted": "the message is kept; the platform does not know yet and no work has begun",
    "claiming": "the transaction that takes waiting conversations is open",
    "claimed": "a conversation is ours; nothing was done with its message",
    "answering": "the answer is being made; nothing is visible",
    "intending": "the transaction that says 'something may become visible now' is open",
    "intended": "the intent is kept; nothing is visible",
    "shown": "something is visible; where is not written down",
    "placed": "where it is visible is written down; the text may still grow",
    "streamed": "the whole reply is visible; the end is not written down",
    "finishing": "the transaction that writes the end is open",
    "finished": "the end is written; the next message of the conversation has not begun",
    "renewed": "the leases were made longer",
    "retrying": "the transaction that puts a message back for later is open",
    "retried": "the message waits for its next try; its conversation is free",
    "withdrawn": "what was shown has been taken back; that is not written down",
    "migrating": "the schema is being changed and not committed",
}
#: Those of loads, removals and changes of audience.
OF_DOCUMENTS: dict[str, str] = {
    "load kept": "a load is kept; nothing of it is done",
    "item ending": "the transaction that writes a document and how its item ended is open",
    "item ended": "a document is written and its item has ended; the index does not have it yet",
    "auditing": "the transaction of a load, a removal or a change of audience is open, its audit row written",
    "removing": "the transaction that removes documents is open",
    "removed": "documents are removed; the index still has them, and their text is in the database's log",
}
#: Those of the change from one embedder to another.
OF_EMBEDDERS: dict[str, str] = {
    "vectors kept": "some passages have vectors of the new embedder beside those in use",
    "embedder changed": "all have, and the new ones are in use; the index has the old ones",
    "vectors moved": "the new vectors stand in the place of the old ones, which are in the database's log",
}
FAILPOINTS = OF_MESSAGES | OF_DOCUMENTS | OF_EMBEDDERS

ENVIRONMENT = "FRONTDESK_FAIL_AT"


class _Armed:
    """The one failpoint that is on, and how often it is passed before it kills."""

    def __init__(self) -> None:
        self.name = ""
        self.passages = 0
        self.count = itertools.count(1)  # counts in one step, also from several threads

    def set(self, where: str) -> None:
        name, _, n = where.partition(":")
        if where and (name not in FAILPOINTS or not n.isdecimal()):
            raise SettingsError(f"{ENVIRONMENT}={where!r} is not NAME:N with a name of: {', '.join(FAILPOINTS)}")
        self.name, self.passages, self.count = name, int(n or 0), itertools.count(1)


_armed = _Armed()


def arm(where: str) -> None:
    """Kill this process at the n-th passage of a failpoint (``name:n``); an empty text turns it off."""
    _armed.set(where)


def reach(name: str) -> None:
    """This place is reached; nothing happens unless a test asked for it."""
    if name == _armed.name and next(_armed.count) == _armed.passages:
        os.kill(os.getpid(), signal.SIGKILL)


arm(os.environ.get(ENVIRONMENT, ""))
