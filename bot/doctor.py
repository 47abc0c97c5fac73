"""`frontdesk doctor`: tries everything that the settings name, and says for each that it works or what to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bot.channel import Channel, Finding
from bot.output import Output
from bot.reach import reach
from engine.errors import FrontdeskError
from engine.plugin import Plugin

if TYPE_CHECKING:
    from pathlib import Path

    from engine.config import Loaded
    from engine.model.contract import Model

_PATIENCE_S = 30.0
#: Bytes that the process may grow by beside a plugin before it is told.
_MUCH = 256 * 2**20


async def examine(loaded: Loaded, out: Output, *, file: Path | None = None, seconds: float = 60.0) -> int:
    """Print a finding a line; returns 1 when something does not work.

    With ``file``, what the platforms send within so many seconds is recorded there, redacted.
    """
    async for finding in _everything(loaded):
        out.row(asdict(finding))
    if file:
        out.row(asdict(await _recorded(loaded, file, seconds)))
    return out.end()


async def _recorded(loaded: Loaded, file: Path, seconds: float) -> Finding:
    from bot.recording import record

    try:
        counts = await record(loaded, file, seconds)
    except FrontdeskError as e:
        return Finding("recording", works=False, advice=str(e))
    said = ", ".join(f"{count} from {platform}" for platform, count in sorted(counts.items()))
    return Finding("recording", works=bool(counts), advice=f"{file}: {said or 'no platform sent anything'}; read it")


async def _everything(loaded: Loaded) -> AsyncIterator[Finding]:
    yield Finding("settings", works=True, advice=str(loaded.file) if loaded.file else "none: embedded defaults")
    for setting, variable in loaded.missing.items():
        yield Finding(f"setting {setting}", works=False, advice=f"export {variable}=..., it is not set")
    for n, channel in enumerate(loaded.channels):
        if not isinstance(channel, Channel):
            yield Finding(f"channels[{n}]", works=False, advice="the class named by `use` is no channel")
        elif not any(setting.startswith(f"channels[{n}]") for setting in loaded.missing):
            async for finding in _channel(channel):
                yield finding
    if loaded.settings.mcp.listen:
        yield _mcp(loaded)
    async for finding in _model(loaded):
        yield finding
    yield await _reading()
    async for finding in _finding(loaded):
        yield finding
    async for finding in _data(loaded):
        yield finding


def _mcp(loaded: Loaded) -> Finding:
    """Whether other agents could reach us at an address that makes sense."""
    from bot.mcp.listening import checked

    settings = loaded.settings.mcp
    try:
        checked(settings.listen, settings.hosts)
    except FrontdeskError as e:
        return Finding("mcp", works=False, advice=str(e))
    return Finding(f"mcp on {settings.listen}", works=True)


async def _channel(channel: Channel) -> AsyncIterator[Finding]:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            findings = await channel.check()
    except TimeoutError:
        findings = [
            Finding(channel.name, works=False, advice=f"no answer within {_PATIENCE_S:g} s: is its address right?")
        ]
    except FrontdeskError as e:
        findings = [Finding(channel.name, works=False, advice=str(e))]
    finally:
        await channel.close()
    for finding in findings or [Finding(channel.name, works=True)]:
        yield finding


async def _model(loaded: Loaded) -> AsyncIterator[Finding]:
    """A real completion of a few tokens, and what of several servers or adapters is missing."""
    from engine.model import model_of
    from engine.prompt import trial

    settings = loaded.settings.model
    model = model_of(settings)
    if model is None:
        wanted = (
            "quotes passages; `frontdesk model get` fetches a model that writes"
            if settings.use == "local"
            else "quotes passages, as the settings say"
        )
        yield Finding("model", works=True, advice=f"none: {wanted}")
        return
    adapters = {plugin.adapter for plugin in loaded.plugins if isinstance(plugin, Plugin) and plugin.adapter}
    try:
        began = time.monotonic()
        name = await model.ready()
        said = "".join([p.text async for p in model.write(trial(), max_tokens=8)])
        took = time.monotonic() - began
        yield Finding("model", works=bool(said.strip()), advice=f"{name}, first words after {took:.1f} s")
        if settings.sees:
            yield await _sees(model)
        for fault in await model.faults(adapters):
            yield Finding("model", works=False, advice=fault)
    except FrontdeskError as e:
        yield Finding("model", works=False, advice=str(e))
    finally:
        await model.close()


async def _sees(model: Model) -> Finding:
    """Whether the server takes a picture; what its model makes of it is shown, for a person to judge."""
    from engine.pictures import trial

    what = "model looks at pictures"
    try:
        said = "".join([p.text async for p in model.write(trial(), max_tokens=40)])
    except FrontdeskError as e:
        return Finding(what, works=False, advice=f"take model.sees out, or serve a model that sees: {e}")
    words = " ".join(said.split())[:120]
    return Finding(what, works=bool(words), advice=f"shown a red square, it said: {words}")


async def _reading() -> Finding:
    """Whether documents can be parsed, and behind which walls."""
    from engine.knowledge.reading import Reader

    reader = Reader()
    try:
        missing = await reader.check()
    except (FrontdeskError, OSError) as e:
        return Finding("reading documents", works=False, advice=f"the process that parses does not start: {e}")
    finally:
        await reader.close()
    if missing:
        walls = ", ".join(missing)
        advice = f"without a wall around {walls}: this kernel lacks seccomp or Landlock; load only what you trust"
        return Finding("reading documents", works="network" not in missing, advice=advice)
    return Finding("reading documents", works=True, advice="in a process without network, programs or files")


async def _finding(loaded: Loaded) -> AsyncIterator[Finding]:
    """Who embeds, and who reranks where somebody does: on three sentences."""
    from engine.knowledge.trial import try_embedder, try_reranker

    settings = loaded.settings.knowledge
    if any(setting.startswith("knowledge") for setting in loaded.missing):
        return
    tries = [("embedder", try_embedder), *([("reranker", try_reranker)] if settings.rerank_url else [])]
    for what, attempt in tries:
        try:
            yield Finding(what, works=True, advice=await attempt(settings))
        except FrontdeskError as e:
            yield Finding(what, works=False, advice=str(e))


async def _data(loaded: Loaded) -> AsyncIterator[Finding]:
    """Database and knowledge base, through the process that owns them."""
    try:
        async with reach(loaded, "doctor") as operate:
            state = await anext(line["row"] async for line in operate("state", {}))
    except FrontdeskError as e:
        yield Finding("database", works=False, advice=str(e))
        yield Finding("knowledge base", works=False, advice="it needs the database")
        return
    yield Finding("database", works=True, advice=state["database"])
    what = "; ".join([f"{state['documents']} documents, {state['passages']} passages", *state["renewing"]])
    if state["differences"]:
        yield Finding(
            "knowledge base",
            works=False,
            advice=f"{what}; its index has {state['differences']} differences: run `frontdesk kb rebuild`",
        )
    else:
        yield Finding("knowledge base", works=True, advice=what)
    for tool in state.get("tools", ()):
        advice = tool["why"] or f"{tool['can']}: {tool['about']}"
        yield Finding(f"tool {tool['name']}", works=tool["state"] == "ready", advice=advice)
    for plugin in state.get("plugins", ()):  # a `run` of an older version says nothing of them
        yield Finding(f"plugin {plugin['plugin']}", works=not plugin["left_out"], advice=_of_a_plugin(plugin))


def _of_a_plugin(plugin: Mapping[str, Any]) -> str:
    """How it did since the start of `frontdesk run`; nothing where there is nothing to say."""
    failures = ", ".join(f"{kind} {times}" for kind, times in plugin["failures"])
    grown = f"the process grew by {plugin['grown'] >> 20} MB while it worked" if plugin["grown"] >= _MUCH else ""
    return "; ".join(
        filter(None, [plugin["trouble"], f"failures since the start: {failures}" if failures else "", grown])
    )
