"""The scripted model server with what else vLLM has: adapters, parameters it may not know, calls it may not read."""

from typing import Any

from aiohttp import web

from tests.stand_ins.fake_model import BadRequest, FakeModel


class Replica(FakeModel):
    """One server; ``adapters`` are the LoRA adapters that are loaded now, ``unknown`` parameters are refused.

    Without ``parser`` it refuses calls in vLLM's words, as one that was started without ``--tool-call-parser``.
    """

    def __init__(
        self, *, adapters: tuple[str, ...] = (), unknown: tuple[str, ...] = (), parser: bool = True, **how: Any
    ):
        super().__init__(**how)
        self.adapters, self.unknown, self.parser = [*adapters], unknown, parser
        self.sessions: list[str] = []

    async def _on_models(self, request: web.Request) -> web.Response:
        own = {"id": self.name, "object": "model", "root": self.name, "max_model_len": self.context, "parent": None}
        loras = [
            {"id": name, "object": "model", "root": f"/loras/{name}", "parent": self.name} for name in self.adapters
        ]
        return web.json_response({"object": "list", "data": [*loras, own]})

    def _check(self, request: web.Request, body: Any) -> None:
        asked = body.get("model")
        for name in self.unknown:
            if name in body:
                raise BadRequest(f"[{{'type': 'extra_forbidden', 'loc': ('body', '{name}')}}]")
        choice = body.get("tool_choice", "auto" if body.get("tools") else "none")
        if choice != "none" and not self.parser:
            what = '"auto" tool choice' if choice == "auto" else f"tool_choice={choice!r}"
            raise BadRequest(f"{what} requires --enable-auto-tool-choice and --tool-call-parser to be set")
        super()._check(request, {**body, "model": self.name} if asked in self.adapters else body)
