"""`frontdesk plugin new` and `plugin check`, as somebody types them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import cli
from bot.output import Output
from bot.plugin_new import new
from engine.errors import SettingsError

ROOT = Path(__file__).parents[2]
FRONTDESK = [sys.executable, "-c", "from bot.cli import main; main()"]


def typed(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command in that folder, as in a terminal."""
    return subprocess.run(
        [*FRONTDESK, *words], cwd=folder, capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def test_a_new_plugin_passes_its_test_and_keeps_its_promises_at_once(tmp_path):
    made = typed("plugin", "new", "first_aid", "--folder", "mine", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    assert 'use = "first_aid:FirstAid"' in made.stdout

    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "mine/test_first_aid.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert tested.returncode == 0, tested.stdout
    assert "3 passed" in tested.stdout

    checked = typed("plugin", "check", "first_aid:FirstAid", "--ask", "List everything on returns", "--json",
                    folder=tmp_path / "mine")  # fmt: skip
    rows = [json.loads(line) for line in checked.stdout.splitlines()]
    assert checked.returncode == 0, checked.stdout
    assert len(rows) == 11
    assert all(row["ok"] for row in rows)


def test_one_that_breaks_a_promise_fails_the_check(tmp_path):
    (tmp_path / "noisy.py").write_text(
        "from engine import Plugin\nclass Noisy(Plugin):\n"
        "    'Breaks.'\n    async def answer(self, turn):\n        raise ValueError(turn.question)\n"
    )
    checked = typed("plugin", "check", "noisy:Noisy", folder=tmp_path)
    assert checked.returncode == 1
    assert "BROKEN" in checked.stdout
    assert "ValueError" in checked.stdout


@pytest.mark.parametrize(
    ("name", "word"),
    [("First", "lower-case"), ("a", "lower-case"), ("a__b", "lower-case"), ("../x", "lower-case"), ("json", "module"),
     ("plugins", "module"), ("class", "module"), ("feedback", "taken"), ("forget_me", "taken"), ("faq", "taken")],
)  # fmt: skip
def test_a_name_that_will_not_do_is_refused_with_the_reason(name, word, tmp_path):
    with pytest.raises(SettingsError, match=word):
        new(name, tmp_path, Output(as_json=False, kind="plugin"))
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_is_there_is_overwritten(tmp_path):
    (tmp_path / "test_poems.py").write_text("mine")
    with pytest.raises(SettingsError, match="there already"):
        new("poems", tmp_path, Output(as_json=False, kind="plugin"))
    assert [p.name for p in tmp_path.iterdir()] == ["test_poems.py"]


@pytest.mark.parametrize(
    ("use", "word"),
    [("nowhere:Nothing", "no module"), ("plugins.faq:Fax", "has no Fax"), ("plugins.faq", "module:Class"),
     ("bot.web:Web", "no plugin")],
)  # fmt: skip
def test_what_is_no_plugin_is_told(use, word):
    result = CliRunner().invoke(cli.cli, ["plugin", "check", use])
    assert isinstance(result.exception, SettingsError)
    assert word in str(result.exception)
