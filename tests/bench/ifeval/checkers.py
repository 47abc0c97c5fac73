"""Runs in the bench's own environment: reads answers as JSON lines, says of each which instructions it follows.

The package's checkers as they are, strict: the answer as it stands.  Its ``__init__`` would load data sets and is left
out; sentences are counted with the same English tokenizer, in the form that today's nltk reads (``punkt_tab``).
"""

from __future__ import annotations

import importlib.util
import json
import sys
import types
from pathlib import Path
from typing import Any

_found = importlib.util.find_spec("if_verifiable")
assert _found
assert _found.submodule_search_locations
_package = types.ModuleType("if_verifiable")
_package.__path__ = list(_found.submodule_search_locations)
sys.modules["if_verifiable"] = _package

import langdetect  # type: ignore[import-not-found]  # noqa: E402  # only there
import nltk  # type: ignore[import-not-found]  # noqa: E402  # only there
from if_verifiable.ifeval import (  # type: ignore[import-not-found]  # noqa: E402  # only there
    INSTRUCTION_DICT,
    instructions_util,
)
from nltk.tokenize.punkt import PunktTokenizer  # type: ignore[import-not-found]  # noqa: E402  # only there

_index = importlib.util.find_spec("llama_index")
assert _index
assert _index.submodule_search_locations
nltk.data.path.insert(0, str(Path(next(iter(_index.submodule_search_locations))) / "core" / "_static" / "nltk_cache"))
langdetect.DetectorFactory.seed = 0  # else it guesses anew each time
_TOKENIZER = PunktTokenizer("english")
instructions_util._get_sentence_tokenizer = lambda: _TOKENIZER


def followed(row: dict[str, Any]) -> list[bool]:
    """Of each instruction of a prompt, whether the answer follows it."""
    said = str(row["response"])
    results = []
    for name, arguments in zip(row["instruction_id_list"], row["kwargs"], strict=True):
        checker = INSTRUCTION_DICT[name](name)
        checker.build_description(**{k: v for k, v in arguments.items() if v is not None})
        wanted = checker.get_instruction_args()
        if wanted and "prompt" in wanted:
            checker.build_description(prompt=row["prompt"])
        results.append(bool(said.strip()) and bool(checker.check_following(said)))
    return results


for line in sys.stdin:
    print(json.dumps(followed(json.loads(line))), flush=True)
