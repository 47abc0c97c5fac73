"""LangBot set up over its own HTTP API, and asked over the WebSocket that its page's chat uses.

Its plugin runtime, sandbox and telemetry are off, which saves it processes and memory; its limit of 60 questions a
minute is lifted, and each question starts without history (``max-round`` 1), as in the other peers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from tests.bench.overhead import CASES
from tests.bench.peers.asking import PAGES, ROOT, Asked, Peer, version_in

_WHO = {"user": "bench@example.org", "password": "not-a-secret-of-anybody"}


class LangBot(Peer):
    """Its local agent without documents: a question carries the page that it is about."""

    name = "langbot"
    leaves_s = 3.0  # it says that it exits, and stays
    python = ROOT / ".venv-peers-langbot" / "bin" / "python"

    def __init__(self, folder: Path, server: str) -> None:
        super().__init__(folder, server)
        self._token = self._workspace = ""
        self._pipelines: list[str] = []
        self._sockets: dict[int, aiohttp.ClientWebSocketResponse] = {}
        cases = [orjson.loads(line) for line in CASES.read_text("utf-8").splitlines()]
        self._pages = {case["question"]: case["documents"][0] for case in cases if case.get("documents")}

    @property
    def version(self) -> str:
        return version_in(self.python, "langbot")

    @property
    def working(self) -> Path:
        return self.folder

    def command(self) -> Sequence[str]:
        return (str(self.python), str(Path(__file__).with_name("langbot_loopback.py")))

    def environment(self) -> dict[str, str]:
        nowhere = "http://127.0.0.1:9"  # it looks for news at start
        return {
            **super().environment(), "API__PORT": str(self.port), "PLUGIN__ENABLE": "false", "BOX__ENABLED": "false",
            "SPACE__DISABLE_TELEMETRY": "true", "SPACE__DISABLE_MODELS_SERVICE": "true", "SPACE__URL": nowhere,
            "PATH": os.environ.get("PATH", ""),
        }  # fmt: skip

    async def prepare(self, pages: Sequence[str]) -> None:
        """An owner, a model at the stand-in, a pipeline a person: what one says is shown to all of a pipeline."""
        del pages
        await self.launch()
        await self.until_up()
        await self._call("POST", "/user/init", _WHO)
        self._token = (await self._call("POST", "/user/auth", _WHO))["token"]
        found = await self._call("GET", "/workspaces/bootstrap")
        self._workspace = found["workspaces"][0]["workspace"]["uuid"]
        provider = {
            "requester": "openai-chat-completions",
            "base_url": f"{self.server}/v1",
            "api_keys": ["none"],
        }
        llm = {"name": "paced", "provider": provider, "abilities": [], "extra_args": {}}
        model = await self._call("POST", "/provider/models/llm", llm)
        for n in range(self.people):
            wanted = {"name": f"person {n}", "description": "one of the bench's", "is_default": not n}
            made = (await self._call("POST", "/pipelines", wanted))["uuid"]
            config = (await self._call("GET", f"/pipelines/{made}"))["pipeline"]["config"]
            config["ai"]["local-agent"] |= {"model": {"primary": model["uuid"], "fallbacks": []}, "max-round": 1}
            config["safety"]["rate-limit"]["limitation"] = 1_000_000
            await self._call("PUT", f"/pipelines/{made}", {"config": config})
            self._pipelines.append(made)
        await self.stop()

    async def ask(self, question: str, person: int) -> Asked:
        socket = self._sockets.get(person)
        if socket is None or socket.closed:
            socket = self._sockets[person] = await self._connected(person)
        page = self._pages.get(question, "en/returns.md")
        text = f"[1] {page}\n{(PAGES / page).read_text('utf-8')}\n\n{question}"
        asked = {"type": "message", "message": [{"type": "Plain", "text": text}], "stream": True}
        await socket.send_json(asked)
        visible = 0.0
        while True:
            said = await self._said(socket)
            if said.get("type") != "response":
                continue
            if said["data"]["content"]:
                visible = visible or time.monotonic()
            if said["data"]["is_final"]:
                if "[1]" not in said["data"]["content"]:
                    raise SystemExit(f"LangBot did not answer: {said['data']['content'][:300]}")
                return Asked(visible, visible)

    async def stop(self) -> None:
        self._sockets.clear()
        await super().stop()

    async def _connected(self, person: int) -> aiohttp.ClientWebSocketResponse:
        url = f"/api/v1/pipelines/{self._pipelines[person]}/ws/connect?session_type=person"
        here = f"http://127.0.0.1:{self.port}"
        socket = await self.person(person).ws_connect(here + url, headers={"Origin": here}, max_msg_size=0)
        await socket.send_json({"type": "authenticate", "token": self._token, "workspace_uuid": self._workspace})
        if (await self._said(socket)).get("type") != "connected":
            raise aiohttp.ClientError("not let in yet")
        return socket

    async def _said(self, socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
        message = await socket.receive(timeout=60)
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise aiohttp.ClientError("LangBot hung up")
        said: dict[str, Any] = orjson.loads(message.data)
        return said

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        headers |= {"X-Workspace-Id": self._workspace} if self._workspace else {}
        url = f"http://127.0.0.1:{self.port}/api/v1{path}"
        async with self.person(0).request(method, url, json=body, headers=headers) as response:
            response.raise_for_status()
            said = await response.json()
        if said.get("code") != 0:
            raise SystemExit(f"LangBot refuses {method} {path}: {said}")
        return said["data"]
