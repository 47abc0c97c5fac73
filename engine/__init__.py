"""The inside of Frontdesk; a plugin imports from here and nowhere else."""

from engine.asked import Composed
from engine.code.blocks import Block, parts_of, pasted
from engine.code.checking import Checked
from engine.code.checking import check as check_code
from engine.code.languages import PLAIN as PLAIN_FENCES
from engine.code.languages import Language, is_code_file, language_in, language_of_fence, language_of_file
from engine.code.sandbox import Example, Ran, examples_in
from engine.code.sandbox import missing as sandbox_missing
from engine.code.sandbox import run as run_code
from engine.code.traces import Trace, trace_in
from engine.errors import PromptTooLong
from engine.grounding import Grounding
from engine.language import language_of, simplified, written_in
from engine.numbers import mentioned, stated
from engine.phrases import phrase
from engine.plugin import Plugin
from engine.prompt import Past, estimated
from engine.secrets import without_secrets
from engine.terms import content_terms
from engine.tools.contract import Tool
from engine.turn import Turn
from engine.types import Found, Message, Outcome, Passage, Reply, Source

__all__ = [
    "PLAIN_FENCES",
    "Block",
    "Checked",
    "Composed",
    "Example",
    "Found",
    "Grounding",
    "Language",
    "Message",
    "Outcome",
    "Passage",
    "Past",
    "Plugin",
    "PromptTooLong",
    "Ran",
    "Reply",
    "Source",
    "Tool",
    "Trace",
    "Turn",
    "check_code",
    "content_terms",
    "estimated",
    "examples_in",
    "is_code_file",
    "language_in",
    "language_of",
    "language_of_fence",
    "language_of_file",
    "mentioned",
    "parts_of",
    "pasted",
    "phrase",
    "run_code",
    "sandbox_missing",
    "simplified",
    "stated",
    "trace_in",
    "without_secrets",
    "written_in",
]
