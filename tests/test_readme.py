"""The README is tested: what exists is named in it, and what it shows can be run.

How things must be named there: a setting as `table.key` in backticks, a channel's or plugin's settings below a heading
that names its class, a verb as `kb add ...` at the beginning of a table row whose line names its options, a chat
command in backticks.  A ```python block whose first line is a comment with a file name (`# mine.py`) is that file;
```toml blocks may name classes in it.
"""

import ast
import importlib
import inspect
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel
from typer.main import get_command
from typer.testing import CliRunner

from bot import cli
from bot.channel import Channel, Command
from bot.conformance import conform
from bot.discord.spoken import COMMANDS
from bot.reception import Desk
from bot.trying import trial
from engine.config import Settings, load
from engine.plugin import Plugin
from engine.types import Conversation
from tests.encoders import packaged

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
#: Options that many verbs share: named once, not in each row.
SHARED = {"--json", "--workspace", "--audience", "--help"}
#: Channels and plugins that no settings name: made by the program itself.
BUILT_IN = {"bot.direct:Direct", "bot.trying:Next"}
PROGRAM = get_command(cli.cli)


def blocks(*languages: str) -> list[str]:
    """The fenced blocks in one of these languages."""
    found = re.findall(r"^([ ]*)```(\w+)[^\n]*\n(.*?)^\1```", README, re.MULTILINE | re.DOTALL)
    return [text for _, language, text in found if language in languages]


def quoted() -> set[str]:
    """Everything in the README that stands in backticks, outside of blocks."""
    prose = re.sub(r"^[ ]*```.*?^[ ]*```", "", README, flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`([^`\n]+)`", prose))


def settings_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        table = get_args(field.annotation)[0] if get_args(field.annotation) else field.annotation  # or several of them
        if isinstance(table, type) and issubclass(table, BaseModel):
            yield from settings_of(table, f"{prefix}{name}.")
        elif name not in {"channels", "plugins"}:
            yield f"{prefix}{name}"


def parts() -> dict[str, type[BaseModel]]:
    """Every channel and plugin of ours, by the name that settings use."""
    found = {}
    for file in sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("plugins/**/*.py")]):
        for node in ast.parse(file.read_text("utf-8")).body:
            bases = {b.id for b in node.bases if isinstance(b, ast.Name)} if isinstance(node, ast.ClassDef) else set()
            if not bases & {"Channel", "EditedChannel", "Plugin"}:
                continue
            module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            package = module.rpartition(".")[0]
            if getattr(importlib.import_module(package), node.name, None):
                module = package
            found[f"{module}:{node.name}"] = getattr(importlib.import_module(module), node.name)
    return {name: made for name, made in found.items() if name not in BUILT_IN and not inspect.isabstract(made)}


def verbs(command: Any = PROGRAM, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every verb with its command: ``kb add``."""
    if hasattr(command, "commands"):
        if command.invoke_without_command and path:
            yield " ".join(path), command
        for name, inner in command.commands.items():
            yield from verbs(inner, (*path, name))
    else:
        yield " ".join(path), command


def options(verb: str) -> set[str]:
    """The options of a verb, each by its longest name."""
    return {max(p.opts, key=len) for p in VERBS[verb].params if p.param_type_name == "option"}


def section(title: str) -> str:
    """The README from the heading that names this to the next heading."""
    found = re.search(rf"^#+ [^\n]*{re.escape(title)}[^\n]*\n(.*?)(?=^#|\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"no heading of the README names {title}"
    return re.sub(r"^```.*?^```", "", found[1], flags=re.MULTILINE | re.DOTALL)


VERBS = dict(verbs())
PARTS = parts()


@pytest.mark.parametrize("setting", list(settings_of(Settings)))
def test_every_setting_is_named(setting):
    assert setting in quoted(), f"write `{setting}` and what it means"


@pytest.mark.parametrize("name", PARTS)
def test_every_setting_of_a_channel_or_plugin_is_named_below_its_class(name):
    there = set(re.findall(r"`([^`\n]+)`", section(name)))
    of_all = set(Plugin.model_fields) if issubclass(PARTS[name], Plugin) else set()

    assert set(PARTS[name].model_fields) - there - of_all == set()
    assert of_all <= quoted()


def test_nothing_is_named_below_a_class_that_is_no_setting_of_it():
    """A setting that was renamed or removed must not linger in a table."""
    for name, made in PARTS.items():
        rows = set(re.findall(r"^\| `([a-z_]+)` \|", section(name), re.MULTILINE))
        assert rows - set(made.model_fields) == set(), name


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_its_options_are_named(verb):
    rows = [line for line in README.splitlines() if re.match(rf"\| `{verb}[ `]", line)]
    assert rows, f"no table row begins with `{verb}`"

    assert {
        option for option in options(verb) - SHARED if not re.search(rf"`{re.escape(option)}\b", "\n".join(rows))
    } == set()


def test_every_verb_in_the_table_exists():
    rows = re.findall(r"^\| `([a-z]+(?: [a-z]+){0,2})[^`\n]*` \|", section("Commands"), re.MULTILINE)

    assert rows
    assert set(rows) <= {re.sub(r" [A-Z]+$", "", verb) for verb in VERBS}  # `eval FILE` is `eval` with a file


def test_the_options_that_many_verbs_share_are_named_once():
    said = " ".join(quoted())
    used = {option for verb in VERBS for option in options(verb) & SHARED}

    assert {option for option in {*used, "--config", "--help"} if option not in said} == set()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb):
    result = CliRunner().invoke(cli.cli, [*verb.split(), "--help"])

    assert result.exit_code == 0, result.output
    assert len(result.output) > 40


async def test_every_chat_command_is_named():
    """What `help` tells an admin, what Discord is told, and what plugins claim."""
    somewhere = Conversation("slack", "T1", "C1")
    command = Command("help", "", "U1", somewhere)
    desk = Desk(None, None, None, None, prompts=None, suggesting=None, claimed={}, mining=None)
    told = (await desk.command(command)).text
    commands = set(re.findall(r"^- `([a-z -]+)`", told, re.MULTILINE))
    for entry in COMMANDS:
        inner = [o["name"] for o in entry.get("options", ()) if o["type"] == 1]
        commands |= {f"{entry['name']} {name}" for name in inner} if inner else {entry["name"]}
    commands |= {name for made in PARTS.values() if issubclass(made, Plugin) for name in made.commands}

    assert len(commands) >= 6
    assert {c for c in commands if not any(q == c or q.startswith(f"{c} ") for q in quoted())} == set()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder with the files that the README's Python blocks are, in it what they define."""
    folder = tmp_path_factory.mktemp("readme")
    for block in blocks("python"):
        if named := re.match(r"# (?:[\w./-]*/)?(\w+\.py)\n", block):
            (folder / named[1]).write_text(block, encoding="utf-8")
    return folder


def test_every_plugin_and_channel_that_the_readme_defines_can_be_made(written, monkeypatch):
    monkeypatch.syspath_prepend(written)
    for file in written.glob("*.py"):
        module = importlib.import_module(file.stem)
        made = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, (Plugin, Channel))
                and c.__module__ == module.__name__]  # fmt: skip
        assert made, f"{file.name} defines no plugin and no channel"
        for kind in made:
            assert not getattr(kind, "__abstractmethods__", None), f"{kind.__name__} lacks methods of its contract"


async def test_every_plugin_that_the_readme_defines_keeps_what_plugins_promise(written, monkeypatch):
    monkeypatch.syspath_prepend(written)
    modules = [importlib.import_module(file.stem) for file in written.glob("*.py")]
    kinds = [k for m in modules for k in vars(m).values() if isinstance(k, type) and k.__module__ == m.__name__]
    plugins = [kind for kind in kinds if issubclass(kind, Plugin)]
    assert plugins
    async with trial(packaged()) as desk:
        for kind in plugins:
            assert [c for c in await conform(kind(), desk=desk) if not c.ok] == []


def test_writing_a_plugin_goes_as_the_readme_says(tmp_path):
    """Its commands, in a folder of somebody's own."""
    start = README.index("## Write a plugin")
    shown = re.findall(
        r"^```sh\n(.*?)^```", README[start : README.index("## Write a channel")], re.MULTILINE | re.DOTALL
    )[0]
    program = f'{sys.executable} -c "from bot.cli import main; main()"'
    for line in shown.splitlines():
        given = line.split("#")[0].replace("PYTHONPATH=", "PYTHONPATH=$PYTHONPATH:")
        given = given.replace("frontdesk plugin", f"{program} plugin").replace("python -m", f"{sys.executable} -m")
        done = subprocess.run(
            ["bash", "-c", given], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    assert (tmp_path / "mine" / "first_aid.py").exists()


@pytest.mark.parametrize("block", blocks("python"))
def test_every_python_block_is_python(block):
    compile(block, "README.md", "exec")


@pytest.mark.parametrize("block", blocks("toml"))
def test_every_settings_block_is_accepted(block, written, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(written)
    file = tmp_path / "frontdesk.toml"
    file.write_text(block, encoding="utf-8")
    environment = dict.fromkeys(re.findall(r'"\$([A-Z_]+)"', block), "something-long-enough")
    environment |= {name: "postgresql+psycopg://user:password@host/name" for name in environment if "DATABASE" in name}

    loaded = load(file, environment)

    assert not loaded.missing


def shell_commands() -> list[str]:
    """Each command of the README's shell blocks: continued lines joined, prompts and comments taken off."""
    lines = [line.strip().removeprefix("$ ") for block in blocks("sh", "bash", "shell", "console")
             for line in block.replace("\\\n", " ").splitlines()]  # fmt: skip
    return [line for line in lines if line and not line.startswith("#")]


def words_of(command: str) -> list[list[str]]:
    """The words of each simple command in a line: split at &&, ;, | and without redirections."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    simple: list[list[str]] = [[]]
    for word in lexer:
        if re.fullmatch(r"[&|;]+", word):
            simple.append([])
        elif not re.fullmatch(r"[<>]+", word):
            simple[-1].append(word)
    return [words for words in simple if words]


def test_the_readme_shows_commands():
    assert any("frontdesk" in command for command in shell_commands())
    assert "make run" in "\n".join(shell_commands())


@pytest.mark.parametrize("command", shell_commands())
def test_every_command_that_the_readme_shows_can_be_given(command):
    """A verb with options that exist; a target that the Makefile has; a file that is there."""
    for words in words_of(command):
        names = [Path(word).name for word in words]
        if "frontdesk" in names and "build" not in names:
            parsed(words[names.index("frontdesk") + 1 :])
        elif names[0] == "make":
            targets = [w for w in words[1:] if "=" not in w]
            makefile = (ROOT / "Makefile").read_text("utf-8")
            assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets), command
        for word in words:
            if re.match(r"(docker|tests|plugins|bot|engine)/", word):
                assert (ROOT / word).exists() or word in ("docker/.env", "docker/frontdesk.toml"), word


def parsed(arguments: list[str]) -> None:
    """What the program would do with these arguments, up to the point where it does it."""
    usage_error = typer.BadParameter.__mro__[1]  # typer carries its own click and shows only this much of it
    try:
        context: Any = PROGRAM.make_context("frontdesk", list(arguments))
        command: Any = PROGRAM
        while hasattr(command, "commands"):
            rest = [*getattr(context, "_protected_args", ()), *context.args]
            if not rest and command.invoke_without_command:
                break
            name, command, left = command.resolve_command(context, rest)
            context = command.make_context(name, left, parent=context)
    except typer.Exit as e:  # --help
        assert e.exit_code == 0
    except usage_error as e:
        pytest.fail(f"frontdesk {shlex.join(arguments)}: {e}")


def test_every_local_link_leads_somewhere():
    anchors = {
        re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    }
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", README) if not re.match(r"https?:|mailto:", link)]

    for link in links:
        path, _, anchor = link.partition("#")
        assert not path or (ROOT / path).exists(), link
        assert path or anchor in anchors, link


def test_the_json_that_the_readme_shows_is_json():
    for block in blocks("json"):
        json.loads(block)
