"""Other agents search, ask and draft as their tokens allow: through the official client, over HTTP and stdio."""

import asyncio
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from bot.app import App
from bot.erasing import Erasing
from bot.mcp import agents
from bot.mcp.agents import Agents, Caller, Wrong
from bot.mcp.listening import McpListener
from engine import Outcome, Plugin, Reply, Turn
from engine.errors import SettingsError
from engine.store.audit import Audit
from engine.store.turns import reply_to
from tests.mcp_server.desk import agent, desk, done, listening, token

ROOT = Path(__file__).parents[2]


async def text_of(app: App, audience: str = "workspace") -> str:
    """The text of a new token."""
    return str((await token(app, audience))["token"])


#: Nobody drafts.
ALONE = '[[plugins]]\nuse = "plugins.faq:Faq"\n'
DRAFTS = '[[plugins]]\nuse = "plugins.faq:Faq"\n[[plugins]]\nuse = "tests.mcp_server.test_agents:Drafts"\n'


class Drafts(Plugin):
    """Drafts whatever it is asked for, and waits where it is told to."""

    commands: ClassVar[Mapping[str, str]] = {"draft": "Draft a text"}
    kind: ClassVar[Literal["grounded", "draft"]] = "draft"
    gate: ClassVar[asyncio.Event | None] = None

    async def answer(self, turn: Turn) -> Reply | None:
        if self.gate:
            await self.gate.wait()
        return Reply(Outcome.ANSWERED, f"Dear all, {turn.question} @everyone https://evil.example.net/x", turn.language)


async def test_an_agent_searches_and_asks_with_sources_and_its_question_stands_in_the_inbox(tmp_path):
    async with desk(tmp_path, ALONE) as app, listening(app) as url, agent(url, await text_of(app)) as client:
        assert [t.name for t in (await client.list_tools()).tools] == ["search", "ask"]
        found = (await client.call_tool("search", {"query": "night shift", "limit": 2})).structured_content
        said = await client.call_tool("ask", {"text": "What is a night shift paid?", "id": "q-1"})
        again = await client.call_tool("ask", {"text": "What is a night shift paid?", "id": "q-1"})
        [row] = await done(app, "mcp.token.list")
        kept = await app.database.read(lambda c: reply_to(c, f"mcp:{row['id']}:q-1"))

    assert found["results"][0]["title"] == "Wages"
    assert not said.is_error
    assert "31 euros" in said.content[0].text
    assert [s["title"] for s in said.structured_content["sources"]] == ["Wages"]
    assert (said.structured_content["outcome"], said.structured_content["id"]) == ("answered", "q-1")
    assert again.structured_content["sources"] == said.structured_content["sources"]
    assert kept
    assert kept[0].receipt.plugin == "faq"
    assert row["used"]


async def test_the_same_id_is_another_question_for_another_audience_and_none_where_its_page_is_gone(tmp_path):
    asked = {"text": "What is a night shift paid?", "id": "q-1"}
    async with desk(tmp_path, ALONE) as app:
        inside, outside = (Caller("", "acme", audience) for audience in ("workspace", "public"))
        assert "31 euros" in (await app.agents.call(inside, "ask", asked))["text"]
        assert "31 euros" not in (await app.agents.call(outside, "ask", asked))["text"]
        assert "31 euros" in (await app.agents.call(inside, "ask", asked))["text"]
        await app.knowledge.remove("acme", str(tmp_path / "wages.md"), actor="tester")
        with pytest.raises(Wrong, match="another id"):
            await app.agents.call(inside, "ask", asked)
        with pytest.raises(Wrong, match="100,000 characters"):
            await app.agents.call(inside, "ask", {"text": "x" * 100_001})


@pytest.mark.parametrize(
    ("audience", "told"),
    [("public", {"Opening hours"}), ("workspace", {"Opening hours", "Wages"}),
     ("room:C0BOARD", {"Opening hours", "Wages", "Board"})],
)  # fmt: skip
async def test_the_tokens_audience_is_the_replys(tmp_path, audience, told):
    async with (
        desk(tmp_path) as app,
        listening(app) as url,
        agent(url, (await token(app, audience))["token"]) as client,
    ):
        seen = set()
        for query in ("shop open", "night shift paid", "When does the board meet?"):
            result = (await client.call_tool("search", {"query": query, "limit": 20})).structured_content
            seen |= {r["title"] for r in result["results"]}
            said = (await client.call_tool("ask", {"text": query})).structured_content
            assert {s["title"] for s in said["sources"]} <= told
            assert told >= {"Wages"} or "31 euros" not in said["text"]
            assert told >= {"Board"} or "second Monday" not in said["text"]

    assert seen == told


async def test_a_token_of_another_workspace_knows_nothing_of_this_one(tmp_path):
    async with desk(tmp_path) as app, listening(app) as url:
        made = await token(app, workspace="other")
        async with agent(url, made["token"]) as client:
            result = (await client.call_tool("search", {"query": "shop open night shift board"})).structured_content
            said = (await client.call_tool("ask", {"text": "When is the shop open?"})).structured_content

    assert result["results"] == []
    assert (said["outcome"], said["sources"]) == ("handed_off", [])


async def test_none_a_wrong_a_revoked_and_an_expired_token_get_the_same_answer(tmp_path):
    async with desk(tmp_path) as app, listening(app) as url, httpx2.AsyncClient() as http:
        good, gone = (await token(app))["token"], await token(app)
        late = (await token(app, days=1e-9))["token"]
        await done(app, "mcp.token.revoke", id=gone["id"])
        altered = good[:-1] + ("a" if good[-1] != "a" else "b")
        texts = ["", "x", altered, gone["token"], late, f"fdm_{gone['id']}_", "fdm_" + "é" * 40]
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        accept = {"Accept": "application/json, text/event-stream"}

        async def answer(text: str) -> tuple[int, bytes, list[str]]:
            headers = accept | ({"Authorization": f"Bearer {text}".encode()} if text else {})
            said = await http.post(url, json=body, headers=headers)
            return said.status_code, said.content, sorted(said.headers)

        answers = [await answer(text) for text in texts]
        assert (await answer(good))[0] == 200
        rows = await Audit(app.database).rows()

    assert answers == [answers[0]] * len(texts)
    assert answers[0][0] == 401
    assert [r.action for r in rows if "token" in r.action] == ["mcp token made"] * 3 + ["mcp token revoked"]
    assert good not in str(rows)


async def test_a_token_that_is_revoked_while_its_question_waits_is_told_nothing(tmp_path):
    Drafts.gate = asyncio.Event()
    try:
        async with desk(tmp_path, DRAFTS) as app:
            made = await token(app)
            mine = Caller(made["id"], "acme", "workspace")
            first = asyncio.create_task(app.agents.call(mine, "draft", {"text": "first", "conversation": "c"}))
            async with asyncio.timeout(60):
                while not (await app.inbox.open_events()).total:
                    await asyncio.sleep(0.02)
            second = asyncio.create_task(
                app.agents.call(mine, "ask", {"text": "What is a night shift paid?", "conversation": "c"})
            )
            async with asyncio.timeout(60):
                while (await app.inbox.open_events()).total < 2:
                    await asyncio.sleep(0.02)
            await done(app, "mcp.token.revoke", id=made["id"])
            Drafts.gate.set()
            await first
            said = await second
    finally:
        Drafts.gate = None
    assert "31 euros" not in said["text"]
    assert said["sources"] == []


async def test_the_tokens_text_is_kept_nowhere(tmp_path):
    async with desk(tmp_path) as app:
        text = (await token(app))["token"]
        listed = await done(app, "mcp.token.list")
    assert "token" not in listed[0]
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert text.encode() not in file.read_bytes(), file


async def test_a_draft_is_offered_where_a_plugin_drafts_and_is_labelled_without_anything_live(tmp_path):
    async with desk(tmp_path, DRAFTS) as app, listening(app) as url, agent(url, await text_of(app)) as client:
        assert "draft" in [t.name for t in (await client.list_tools()).tools]
        said = await client.call_tool("draft", {"text": "we move on Friday."})

    assert said.structured_content["draft"] is True
    assert "Draft by the bot" in said.content[0].text
    assert "we move on Friday" in said.content[0].text
    assert "`@everyone`" in said.content[0].text
    assert "https://evil" not in said.content[0].text


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "evil.example.net"}, 403), ({"Origin": "https://evil.example.net"}, 403), ({"Origin": "null"}, 403),
     ({"Origin": "http://localhost:3000"}, 200), ({"Host": "localhost:1"}, 200)],
)  # fmt: skip
async def test_a_name_that_is_not_ours_is_not_served(tmp_path, headers, status):
    async with desk(tmp_path) as app, listening(app) as url, httpx2.AsyncClient() as http:
        mine = {
            "Authorization": f"Bearer {(await token(app))['token']}",
            "Accept": "application/json, text/event-stream",
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        assert (await http.post(url, json=body, headers=mine | headers)).status_code == status
        assert (await http.post(url + "x", json=body, headers=mine)).status_code == 404
        assert (await http.get(url, headers=mine)).status_code == 405
        large = {**body, "params": {"x": "y" * 70_000}}
        assert (await http.post(url, json=large, headers=mine)).status_code == 413


@pytest.mark.parametrize(
    ("tool", "given", "word"),
    [("search", {}, "missing"), ("search", {"query": "x" * 2_001}, "2,000"),
     ("search", {"query": "x", "limit": 21}, "20"), ("search", {"query": "x", "limit": True}, "number"),
     ("ask", {"text": 3}, "text"), ("delete", {}, "no tool"),
     ("ask", {"text": "x", "audience": "workspace"}, "not known"), ("ask", {"text": "x", "id": "a:b"}, "hyphens"),
     ("draft", {"text": "x"}, "no tool")],
)  # fmt: skip
async def test_what_cannot_be_had_is_said_in_words(tmp_path, tool, given, word):
    async with desk(tmp_path, ALONE) as app, listening(app) as url, agent(url, await text_of(app)) as client:
        said = await client.call_tool(tool, given)
    assert said.is_error
    assert word in said.content[0].text


async def test_too_many_calls_and_too_many_open_questions_are_refused(tmp_path, monkeypatch):
    Drafts.gate = asyncio.Event()
    try:
        async with desk(tmp_path, DRAFTS) as app:
            mine = Caller("t", "acme", "public")
            waiting = [asyncio.create_task(app.agents.call(mine, "draft", {"text": f"{n}"})) for n in range(4)]
            await asyncio.sleep(0.1)
            with pytest.raises(Wrong, match="wait for those first"):
                await app.agents.call(mine, "ask", {"text": "and this?"})
            Drafts.gate.set()
            assert {said["outcome"] for said in await asyncio.gather(*waiting)} == {"answered"}
            monkeypatch.setattr(agents, "_CALLS", 6)
            await app.agents.call(mine, "search", {"query": "shop"})
            with pytest.raises(Wrong, match="Too many calls"):
                await app.agents.call(mine, "search", {"query": "shop"})
            await app.agents.call(Caller("u", "acme", "public"), "search", {"query": "shop"})
    finally:
        Drafts.gate = None


async def test_who_does_not_wait_finds_the_answer_later_under_the_same_id(tmp_path):
    Drafts.gate = asyncio.Event()
    try:
        async with desk(tmp_path, DRAFTS) as app:
            mine, given = Caller("t", "acme", "public"), {"text": "a note", "id": "n-1"}
            soon = Agents(app, wait_s=0.2)
            first = await soon.call(mine, "draft", given)
            Drafts.gate.set()
            async with asyncio.timeout(60):
                while (said := await soon.call(mine, "draft", given))["outcome"] == "waiting":
                    await asyncio.sleep(0.1)
    finally:
        Drafts.gate = None
    assert (first["outcome"], first["id"]) == ("waiting", "n-1")
    assert (said["outcome"], said["draft"]) == ("answered", True)


async def test_an_address_that_others_can_reach_needs_a_name(tmp_path):
    with pytest.raises(SettingsError, match=r"mcp\.hosts"):
        McpListener("0.0.0.0:8090", (), None)  # what is refused here


async def test_the_tokens_of_a_workspace_that_is_erased_go_with_it(tmp_path):
    async with desk(tmp_path) as app:
        gone, stays = await token(app, workspace="T1"), await token(app)
        await Erasing(app.database, app.knowledge, "slack").workspace("T1")
        assert [row["id"] for row in await done(app, "mcp.token.list")] == [stays["id"]]
        assert await app.agents.caller(gone["token"]) is None
        assert await app.agents.caller(stays["token"])


@pytest.mark.parametrize("running", [True, False])
async def test_an_agent_on_this_machine_speaks_over_the_standard_streams(tmp_path, running):
    """With `frontdesk run` up it goes through that, which listens too, else it owns the data itself."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    async with desk(tmp_path, f'[mcp]\nlisten = "{listen}"\n') as app:
        made = await token(app, "public")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = ["-c", "from bot.cli import main; main()", "--config", str(tmp_path / "frontdesk.toml")]
    run = None
    if running:
        run = await asyncio.create_subprocess_exec(
            sys.executable, *program, "run", cwd=tmp_path, env=env, stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(120):
            assert await run.stdout.readline() == b"ready\n"
    try:
        if running:
            async with agent(f"http://{listen}/mcp", made["token"]) as client:
                said = await client.call_tool("ask", {"text": "When is the shop open?"})
                assert "9:00" in said.content[0].text
        mine = StdioServerParameters(command=sys.executable, args=[*program, "mcp"], env=env, cwd=tmp_path)
        async with Client(stdio_client(mine)) as client:
            said = await client.call_tool("ask", {"text": "What is a night shift paid?"})
            assert "31 euros" in said.content[0].text
        bound = mine.model_copy(update={"env": {**env, "FRONTDESK_MCP_TOKEN": made["token"]}})
        async with Client(stdio_client(bound)) as client:
            result = await client.call_tool("search", {"query": "night shift shop open", "limit": 20})
            assert {r["title"] for r in result.structured_content["results"]} == {"Opening hours"}
    finally:
        if run:
            run.terminate()
            assert await run.wait() == 0
