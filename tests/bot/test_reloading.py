"""Settings change without a restart: at once, as a whole, and answers under way are finished with the old ones."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App
from bot.operations import Operations
from bot.writing import Writer
from engine.config import load
from engine.errors import SettingsError
from engine.store.audit import Audit
from tests.encoders import packaged
from tests.model.replica import Replica
from tests.word_plugins import Says

ROOT = Path(__file__).parents[2]


SAYS = '[[plugins]]\nuse = "tests.word_plugins:Says"\n'


def write(folder: Path, text: str, model: str = 'use = "none"') -> Path:
    file = folder / "frontdesk.toml"
    file.write_text(f'[data]\npath = "{folder / "var"}"\n[model]\n{model}\n{text}', "utf-8")
    return file


@contextlib.asynccontextmanager
async def desk(folder: Path, text: str = SAYS, model: str = 'use = "none"') -> AsyncIterator[App]:
    Says.gate, Says.waiting = asyncio.Event(), 0
    loaded = load(write(folder, text, model))
    async with App(loaded, serving=True, channels=(), embedder=packaged()).opened() as app:
        yield app


async def ask(app: App, text: str) -> dict[str, object]:
    [row] = [line["row"] async for line in Operations(app)("ask", {"text": text}) if "row" in line]
    return dict(row)


async def reload(app: App) -> dict[str, object]:
    [row] = [line["row"] async for line in Operations(app)("reload", {})]
    return dict(row)


async def until_waiting(count: int) -> None:
    async with asyncio.timeout(90):
        while Says.waiting < count:
            await asyncio.sleep(0.02)


async def test_an_answer_under_way_is_finished_with_the_old_settings_and_the_next_begins_with_the_new(tmp_path):
    async with desk(tmp_path) as app:
        slow = asyncio.create_task(ask(app, "Say it slowly."))
        await until_waiting(1)
        write(tmp_path, SAYS + 'word = "after"\n[desk]\nshare = false\n')
        done = await reload(app)
        assert (await ask(app, "Say it."))["text"] == "after"
        Says.gate.set()
        assert (await slow)["text"] == "before"
        rows = [(r.actor, r.action) for r in await Audit(app.database).rows()]

    assert done == {"applied": ("desk.share", "plugins[0].word"), "needs_restart": (), "notes": ()}
    assert ("reload", "settings changed") in rows


@pytest.mark.parametrize(
    ("text", "word"),
    [("[[plugins]\n", "TOML"), (SAYS + 'wort = "x"\n', "did you mean word"),
     ('[[plugins]]\nuse = "nowhere:No"\n', "no module"),
     ('[[plugins]]\nuse = "bot.web:Web"\n', "no plugin"), (SAYS + 'word = "$NOT_SET"\n', "NOT_SET"),
     (SAYS + "[desk]\nshare = 3\n", "desk.share")],
)  # fmt: skip
async def test_a_bad_file_changes_nothing_and_one_line_says_what_is_wrong(tmp_path, text, word):
    async with desk(tmp_path) as app:
        before, setup = app.settings, app.assistant.setup
        write(tmp_path, text)
        with pytest.raises(SettingsError, match=word) as told:
            await reload(app)
        assert "\n" not in str(told.value)
        assert (app.settings, app.assistant.setup) == (before, setup)
        assert (await ask(app, "Say it."))["text"] == "before"


async def test_a_plugin_that_cannot_be_imported_is_told_and_the_old_ones_stay(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    async with desk(tmp_path) as app:
        (tmp_path / "crooked.py").write_text("def (\n")
        write(tmp_path, '[[plugins]]\nuse = "crooked:Crooked"\n')
        with pytest.raises(SettingsError, match="SyntaxError"):
            await reload(app)
        assert (await ask(app, "Say it."))["text"] == "before"


async def test_what_cannot_change_is_named_and_stays_as_it_was(tmp_path):
    more = "[desk]\nconcurrency = 3\n[health]\nlisten = '127.0.0.1:1'\n[knowledge]\npause_s = 9\n"
    async with desk(tmp_path) as app:
        write(tmp_path, SAYS + 'word = "after"\n' + more)
        done = await reload(app)
        assert app.settings.desk.concurrency == 64
        assert app.settings.health.listen == ""
        again = await reload(app)

    assert done["applied"] == ("plugins[0].word",)
    assert done["needs_restart"] == ("desk.concurrency", "health.listen", "knowledge.pause_s")
    assert (again["applied"], again["needs_restart"]) == ((), done["needs_restart"])


async def test_new_commands_are_known_at_once(tmp_path):
    async with desk(tmp_path) as app:
        assert app.reception.claimed == {}
        write(tmp_path, SAYS.replace("Says", "Poems"))
        done = await reload(app)
        assert app.reception.claimed == {"poem": "Write a poem"}
        assert (await ask(app, "/poem about keys"))["receipt"]["plugin"] == "poems"
    assert "restart" in done["notes"][0]


async def test_the_model_is_exchanged_and_the_old_one_closed_after_its_last_answer(tmp_path, monkeypatch):
    closed, close = [], Writer.close

    async def noted(writer: Writer) -> None:
        closed.append(writer)
        await close(writer)

    monkeypatch.setattr(Writer, "close", noted)
    async with Replica() as one, Replica() as two:
        settings = 'use = "vllm"\nurl = "{}/v1"'
        async with desk(tmp_path, SAYS, settings.format(one.url)) as app:
            await ask(app, "Say it.")
            old = app.writer
            slow = asyncio.create_task(ask(app, "Say it slowly."))
            await until_waiting(1)
            write(tmp_path, SAYS, settings.format(two.url))
            assert (await reload(app))["applied"] == ("model.url",)
            await ask(app, "Say it again.")
            assert (len(one.requests), len(two.requests)) == (1, 1)
            assert app.writer is not old
            assert closed == []
            Says.gate.set()
            assert (await slow)["outcome"] == "answered"
            async with asyncio.timeout(90):
                while closed != [old]:
                    await asyncio.sleep(0.02)
            assert (len(one.requests), len(two.requests)) == (2, 1)
            write(tmp_path, SAYS)
            assert "model.use" in (await reload(app))["applied"]
            assert (await ask(app, "Say it."))["text"] == "before"


async def test_a_running_desk_reloads_by_command_and_by_signal(tmp_path):
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-c", "from bot.cli import main; main()", "--config", str(tmp_path / "frontdesk.toml")]
    echo = '[[plugins]]\nuse = "plugins.echo:Echo"\nprefix = "{}"\n'
    write(tmp_path, echo.format("One: "))

    async def typed(*words: str) -> tuple[int, str, str]:
        made = await asyncio.create_subprocess_exec(
            *program, *words, cwd=tmp_path, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await made.communicate()
        return made.returncode, out.decode(), err.decode()

    assert (await typed("reload"))[0] == 1  # nobody is there
    run = await asyncio.create_subprocess_exec(*program, "run", cwd=tmp_path, env=env, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(120):
            assert await run.stdout.readline() == b"ready\n"
        write(tmp_path, echo.format("Two: "))
        code, out, _ = await typed("reload", "--json")
        assert (code, json.loads(out)["applied"]) == (0, ["plugins[0].prefix"])
        assert "Two: hello keys" in (await typed("ask", "hello keys"))[1]

        write(tmp_path, echo.format("Three: "))
        run.send_signal(signal.SIGHUP)
        async with asyncio.timeout(120):
            while "Three: hello keys" not in (await typed("ask", "hello keys"))[1]:
                await asyncio.sleep(0.1)

        write(tmp_path, "[nonsense]\n")
        code, _, err = await typed("reload")
        assert code == 2
        assert "nonsense" in err
    finally:
        run.terminate()
        assert await run.wait() == 0
