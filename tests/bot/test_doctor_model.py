"""What `frontdesk doctor` says of several model servers and of adapters."""

from pathlib import Path

from bot.doctor import _model
from engine.config import load
from tests.model.replica import Replica


async def told(folder: Path, settings: str) -> dict[bool, list[str]]:
    """The findings by whether they work."""
    (folder / "frontdesk.toml").write_text(settings)
    found: dict[bool, list[str]] = {True: [], False: []}
    async for finding in _model(load(folder / "frontdesk.toml", {})):
        found[finding.works].append(finding.advice)
    return found


async def test_the_servers_that_are_away_and_the_adapters_that_are_missing_are_named(tmp_path, unused_tcp_port):
    async with Replica(adapters=("acme-tone",)) as server:
        found = await told(
            tmp_path,
            f"""
[model]
use = "vllm"
urls = ["{server.url}/v1", "http://127.0.0.1:{unused_tcp_port}/v1"]
[model.adapters]
acme = "acme-tone"
globex = "globex-tone"
[[plugins]]
use = "plugins.faq:Faq"
adapter = "letters"
""",
        )
    assert len(found[True]) == 1
    assert "fake-7b" in found[True][0]
    away, globex, letters = found[False]
    assert str(unused_tcp_port) in away
    assert "globex-tone" in globex
    assert "letters" in letters


async def test_where_nothing_is_missing_one_line_says_so(tmp_path):
    async with Replica() as server:
        found = await told(tmp_path, f'[model]\nuse = "vllm"\nurl = "{server.url}/v1"\n')
    assert found[False] == []
    assert len(found[True]) == 1


async def test_a_server_that_is_away_is_told_once(tmp_path, unused_tcp_port):
    found = await told(tmp_path, f'[model]\nuse = "vllm"\nurl = "http://127.0.0.1:{unused_tcp_port}/v1"\n')
    assert found[True] == []
    [why] = found[False]
    assert "model.url" in why
