"""``frontdesk`` as it is, which also prints when the model server's first token of an answer was in its hands.

    python -m tests.bench.peers.desk --config FILE run

The clock is the system's monotonic one, the same in every process.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from bot.cli import main
from engine.model.contract import Piece
from engine.model.served import ServedModel

_write = ServedModel.write


async def _noted(model: ServedModel, *prompt: Any, **options: Any) -> AsyncGenerator[Piece]:
    first = True
    async with aclosing(_write(model, *prompt, **options)) as pieces:
        async for piece in pieces:
            if first:
                print(f"first {time.monotonic()}", flush=True)
                first = False
            yield piece


if __name__ == "__main__":
    ServedModel.write = _noted  # type: ignore[method-assign] # the measured program is not to know of the bench
    main()
