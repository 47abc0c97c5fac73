"""The real server: started by `frontdesk model serve` with the product's own flags, and what a CPU needs besides.

    .venv/bin/python -m tests.vllm.server chat|embed [--length TOKENS] [--port PORT]

runs one until Ctrl-C; the first line on standard output is its address, once it answers.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.vllm.install import MODEL, PYTHON, with_byte_code

NAME = "small"
KEY = "key-of-the-tests"
UP_S = 400.0
DOWN_S = 60.0
#: What a CPU needs: bfloat16 as on a GPU, no compiling, and blocks of 32 tokens, the least that its attention takes
#: (with a GPU's 16 it does not start; its own default of 128 hides short prefixes from the cache).
ON_A_CPU = ("--dtype=bfloat16", "--enforce-eager", "--block-size=32", "--max-num-seqs=8", f"--served-model-name={NAME}")
KINDS = {
    "chat": ("--enable-lora", "--max-lora-rank=8", "--max-loras=2"),
    "embed": ("--runner=pooling", "--convert=embed"),
}
SETTINGS = f'[model]\nuse = "vllm"\nname = "{NAME}"\napi_key = "{KEY}"\n'
_METRIC = re.compile(r"^(vllm:\w+)(?:\{[^}]*\})? ([0-9.e+-]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RealServer:
    """A vLLM that answers at ``url`` (without /v1)."""

    url: str
    pid: int = 0
    log: Path | None = None

    def metrics(self) -> dict[str, float]:
        """Its counters and gauges by name, summed over labels."""
        found: dict[str, float] = {}
        for name, value in _METRIC.findall(self._get("/metrics")):
            found[name] = found.get(name, 0.0) + float(value)
        return found

    def _get(self, path: str) -> str:
        asked = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {KEY}"})  # noqa: S310  ours
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310  ours
            return str(answer.read().decode())


@contextmanager
def serving(
    kind: str, *, length: int = 8192, port: int = 0, extra: Sequence[str] = (), cache_gb: int = 1
) -> Iterator[RealServer]:
    """One server of this kind until the end of the block; its log is in the error where it does not come up."""
    port = port or free_port()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "frontdesk.toml")
        settings.write_text(SETTINGS, "utf-8")
        code = "from bot.cli import main; main()"
        ours = [f"--config={settings}", "model", "serve", str(MODEL), f"--python={PYTHON}", f"--port={port}"]
        command = [sys.executable, "-c", code, *ours, f"--length={length}", "--", *ON_A_CPU, *KINDS[kind], *extra]
        environment = with_byte_code() | {
            "HF_HUB_OFFLINE": "1",
            "VLLM_CPU_KVCACHE_SPACE": str(cache_gb),
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",
            "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin while they wait make a busy machine ten times as slow
            "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
        }
        with running(command, environment, port) as server:
            yield server


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], port: int) -> Iterator[RealServer]:
    """What this command starts, from when it answers until the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "vllm.log")
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
            )
        try:
            server = RealServer(f"http://127.0.0.1:{port}", process.pid, log)
            _wait(server, process)
            yield server
        finally:
            _end(process)


def _wait(server: RealServer, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + UP_S
    while process.poll() is None and time.monotonic() < end:
        try:
            server._get("/health")
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
        else:
            if process.poll() is None:  # else somebody else answers there
                return
    state = f"ended with status {process.returncode}" if process.returncode is not None else f"is not up in {UP_S:g} s"
    assert server.log
    raise AssertionError(f"vLLM {state}:\n{server.log.read_text('utf-8', 'replace')[-8000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """As a person ends it; what is left of its session after that is killed."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(DOWN_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Run one until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--length", type=int, default=8192)
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends this one ends the server too
    with serving(asked.kind, length=asked.length, port=asked.port) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
