"""The two walls around Python that is run: what they hold, and that nothing runs where one is missing."""

import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest

from engine.code import sandbox
from engine.code.sandbox import Example, examples_in, missing, run
from engine.config import load
from engine.errors import SettingsError

#: Where bubblewrap is not installed or may not make namespaces, these say so instead of passing.
walls = pytest.mark.skipif(bool(missing()), reason=f"the walls cannot be built here: {missing()}")
SQUARE = [Example("f(2)", "4"), Example("f(3)", "9")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("f(2) == 4 and f([1, 2]) returns 3, also g('a') -> 'b'.", [("f(2)", "4"), ("f([1, 2])", "3"), ("g('a')",
        "'b'")]),
        ("例如 f(2) == 4，f(3) 返回 9。", [("f(2)", "4"), ("f(3)", "9")]),
        ("the value of f is 4", []),
        ('is_ok("a, b") => True', [('is_ok("a, b")', "True")]),
        ("f(x) == 4, os.system('x') == 1, f(g(1)) == 2, f(2) == y", []),
        ("d(1.5) == 2.5.", [("d(1.5)", "2.5")]),
        ("f('a') == 'it\\'s, ok', don't worry", [("f('a')", "'it\\'s, ok'")]),
        ("f(1) == -1, f(2) == {'a': [1, 2]}; f(3) == (1, 2), f(4) == None!", [("f(1)", "-1"), ("f(2)", "{'a': [1, 2]}"),
        ("f(3)", "(1, 2)")]),
    ],
)  # fmt: skip
def test_examples_are_calls_of_one_name_with_values_and_nothing_else(text, found):
    assert [(e.call, e.value) for e in examples_in(text)] == found


@pytest.mark.parametrize("text", ["f(", "f() ", "f(1) == ", "f(1)==1,", "f(1) -> [1,", "f(1)==x y ", "f(1) gives '"])
def test_no_text_takes_long_to_be_looked_through_for_examples(text):
    began = time.thread_time()
    examples_in((text * 100_000)[:100_000])

    assert time.thread_time() - began < 2.0  # of this thread alone: however busy the machine is


@walls
async def test_code_is_run_on_the_examples_and_what_came_instead_is_told():
    assert (await run("def f(x): return x * x", SQUARE)).passed == 2

    ran = await run("def f(x): return 2 * x", SQUARE)
    assert (ran.passed, ran.wrong) == (1, ("f(3) → 6, not 9",))


@walls
@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("while True: pass", "TimeoutError"),
        ("def f(x):\n    while True: pass", "TimeoutError"),
        ("def f(x):\n    return [0] * 10**9", "MemoryError"),
        ("def f(x):\n    a = []\n    while True: a.append('x' * 1000)", "MemoryError"),
        ("def f(x):\n    return open('/etc/passwd').read()", "PermissionError"),
        ("def f(x):\n    open('/tmp/frontdesk-was-here', 'w').write('x')", "Error"),
        ("import socket", "ModuleNotFoundError"),
        ("import subprocess", "ModuleNotFoundError"),
        ("import os\ndef f(x): return os.fork()", "AttributeError"),
        ("import os\ndef f(x): return os.environ['HOME']", "Error"),
        ("def f(x):\n    while True: print('x' * 1000)", "MemoryError"),
        ("def f(x): return f(x)", "RecursionError"),
        ("import time\ndef f(x): time.sleep(3600)", "TimeoutError"),
        ("def f(x): return __import__('os').system('id')", "NameError"),
        ("def f(", "parsing"),
    ],
)
async def test_what_it_must_not_do_it_cannot(code, word):
    ran = await run(code, SQUARE[:1])

    assert ran.passed == 0
    assert word in " ".join((ran.why, *ran.wrong))
    assert not Path("/tmp/frontdesk-was-here").exists()  # noqa: ASYNC240, S108  # the very file that the code would write


@walls
def test_the_outer_wall_alone_leaves_no_network_no_files_no_other_processes(tmp_path, monkeypatch):
    """Also if the interpreter were broken out of: bubblewrap with a shell in the worker's place."""
    monkeypatch.setenv("FRONTDESK_SECRET", "secret")
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    *wall, _, _ = sandbox._outer(str(shutil.which("bwrap")))  # the last words are what runs behind it
    command = [*wall, "--ro-bind", "/bin/sh", "/bin/sh", "--", "/bin/sh"]

    def said(script: str) -> str:
        done = subprocess.run([*command, "-c", script], capture_output=True, text=True, timeout=60, check=False)
        return done.stdout

    assert said("echo here") == "here\n"
    assert said(f"while read -r line; do echo $line; done < {secret}; echo end") == "end\n"
    assert said("while read -r line; do echo $line; done < /etc/passwd; echo end") == "end\n"
    assert said("echo $FRONTDESK_SECRET") == "\n", "nothing of our environment"
    assert said("test -e /proc/self || echo none") == "none\n"
    assert said("(echo x > /usr/lib/made) 2>/dev/null || echo no") == "no\n"
    assert said("(: > /dev/tcp/127.0.0.1/1) 2>/dev/null || echo no") == "no\n"


async def test_without_the_second_wall_nothing_runs(monkeypatch, tmp_path):
    """No bubblewrap on the path: the code is not run in the first wall alone."""
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = await run("def f(x): return x * x", SQUARE)

    assert ran.passed == 0
    assert "bubblewrap is not installed" in ran.why


async def test_a_bubblewrap_that_may_build_no_wall_is_none(monkeypatch, tmp_path):
    """As in a container without leave to make namespaces."""
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    ran = await run("def f(x): return x * x", SQUARE)

    assert ran.passed == 0
    assert "may not make namespaces" in ran.why


def test_switched_on_without_both_walls_the_desk_does_not_start_and_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "f.toml").write_text('[[plugins]]\nuse = "plugins.snippets:Snippets"\nrun = true\n')
    with pytest.raises(SettingsError, match=r"plugins\[0\].run: .*apt install bubblewrap"):
        load(tmp_path / "f.toml", {})
