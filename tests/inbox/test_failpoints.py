"""Failpoints: off unless asked for, each in exactly the places that the list says."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from engine import failpoints
from engine.errors import SettingsError
from engine.failpoints import ENVIRONMENT, FAILPOINTS

_ROOT = Path(__file__).parents[2]


def test_every_failpoint_is_somewhere_and_every_place_has_a_listed_name() -> None:
    used: Counter[str] = Counter()
    for path in [*_ROOT.glob("engine/**/*.py"), *_ROOT.glob("bot/**/*.py")]:
        source = path.read_text()
        for node in ast.walk(ast.parse(source)) if "from engine.failpoints import reach" in source else ():
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "reach":
                used[ast.literal_eval(node.args[0])] += 1
    assert used == Counter(FAILPOINTS.keys())


def test_the_process_dies_at_the_nth_passage() -> None:
    script = "from engine.failpoints import reach\nfor n in range(1, 9): print(n, flush=True); reach('shown')"
    died = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, ENVIRONMENT: "shown:3"},
        capture_output=True,
        cwd=_ROOT,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    assert died.stdout.split() == [b"1", b"2", b"3"]


@pytest.mark.parametrize("where", ["shwon:1", "shown", "shown:x", "shown:-1"])
def test_a_failpoint_that_does_not_exist_is_refused(where: str) -> None:
    with pytest.raises(SettingsError, match=ENVIRONMENT):
        failpoints.arm(where)
    failpoints.arm("")


def test_nothing_happens_when_none_is_armed() -> None:
    failpoints.arm("")
    for name in FAILPOINTS:
        failpoints.reach(name)
