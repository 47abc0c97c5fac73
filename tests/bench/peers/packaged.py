"""Makes our packaged embedder importable in an environment that has only what the embedder itself needs."""

from __future__ import annotations

import sys
import types
from pathlib import Path

ROOT = Path(__file__).parents[3]
for _name in ("engine", "engine.knowledge"):  # the modules alone: what the packages import is not there
    _package = types.ModuleType(_name)
    _package.__path__ = [str(ROOT / _name.replace(".", "/"))]
    sys.modules[_name] = _package

from engine.knowledge.embed import E5  # noqa: E402 -- below what makes it importable

__all__ = ["E5"]
