"""Somebody who talks with the desk about a draft."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from engine.model import ModelSettings
from engine.model.served import ServedModel
from tests.model.replica import Replica
from tests.plugins.drafting.talk import Talk


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with Replica() as server, contextlib.AsyncExitStack() as stack:
        model = ServedModel(ModelSettings(use="vllm", url=f"{server.url}/v1"))
        stack.push_async_callback(model.close)
        yield Talk(server, model)
