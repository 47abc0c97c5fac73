"""What can go wrong, one class a meaning; every message says what to do.

FrontdeskError
├── SettingsError      a setting is wrong or missing: exit status 2, names the setting and what to write
├── Unavailable        something outside does not answer now: the event waits and is tried again
│   ├── ModelUnavailable   the model server is down, slow or sends what cannot be read
│   │   └── PromptTooLong      the prompt does not fit into the model's window: shorten it
│   ├── Queued             it is answered later, and whoever asked is told so meanwhile
│   └── EmbedderAway       no vectors are to be had now: searching goes on by words alone, loading fails with the reason
├── Refused            the platform will never accept this: the event ends as refused(reason)
├── LeaseLost          another worker has this conversation now: drop everything, it is theirs
├── LoadFailed         a document could not be loaded: the reason is for the person who loaded it
└── NotFound           there is no such document, conversation or answer
"""


class FrontdeskError(Exception):
    """An error whose message may be shown to the operator as it is."""


class SettingsError(FrontdeskError):
    """A setting is wrong or missing; the message names it and says what to write."""


class Unavailable(FrontdeskError):
    """Something outside does not answer now.

    ``retry_after_s``: how long it asked us to wait (seconds), where it said so.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None):
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ModelUnavailable(Unavailable):
    """The model server is down, too slow, or sends what cannot be read.

    ``failures``: how often it was tried, where that was more than once.
    """

    failures = 1


class Repeating(ModelUnavailable):
    """The model writes the same words again and again; the same prompt would end the same."""


class PromptTooLong(ModelUnavailable):
    """The prompt and the longest answer do not fit into the model's window: shorten it; trying again is useless."""


class Queued(Unavailable):
    """It is answered later; ``status`` (Markdown) stands in the place of the answer meanwhile."""

    def __init__(self, message: str, status: str, *, retry_after_s: float | None = None):
        super().__init__(message, retry_after_s=retry_after_s)
        self.status = status


class EmbedderAway(Unavailable):
    """The embedder makes no vectors now; the message says why and what to do."""


class Refused(FrontdeskError):
    """The platform refuses this for good (archived room, missing permission); trying again is useless."""


class LeaseLost(FrontdeskError):
    """This worker's lease on the conversation has ended: whatever it was about to do is another worker's now."""


class LoadFailed(FrontdeskError):
    """A document could not be loaded; the message is the reason, in words for an admin."""


class NotFound(FrontdeskError):
    """There is no such document, conversation or answer."""
