"""LoRA adapters: loaded at the server while it runs, chosen by workspace and by plugin, and gone again."""

import asyncio
import json
import math
import random
import struct
import urllib.request
from pathlib import Path

import pytest

from tests.vllm.chat.conftest import VPN, fresh, written
from tests.vllm.install import MODEL
from tests.vllm.server import KEY

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

RANK = 4


def adapter(folder: Path) -> Path:
    """A PEFT adapter of random numbers, large enough that other words come out."""
    shape = json.loads((MODEL / "config.json").read_text("utf-8"))
    hidden, layers = shape["hidden_size"], shape["num_hidden_layers"]
    chance, tensors = random.Random(7), {}
    for layer in range(layers):
        name = f"base_model.model.model.layers.{layer}.self_attn.q_proj"
        for part, rows, columns in (("lora_A", RANK, hidden), ("lora_B", hidden, RANK)):
            tensors[f"{name}.{part}.weight"] = ([rows, columns], [chance.gauss(0, 0.5) for _ in range(rows * columns)])
    folder.mkdir()
    (folder / "adapter_model.safetensors").write_bytes(_safetensors(tensors))
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": RANK, "lora_alpha": 4 * RANK, "lora_dropout": 0.0,
              "bias": "none", "target_modules": ["q_proj"], "base_model_name_or_path": str(MODEL)}  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(config), "utf-8")
    return folder


def _safetensors(tensors: dict[str, tuple[list[int], list[float]]]) -> bytes:
    """The format: the header's length, the header as JSON, then all numbers one after another."""
    header, data = {}, bytearray()
    for name, (shape, numbers) in tensors.items():
        assert math.prod(shape) == len(numbers)
        begin = len(data)
        data += struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, len(data)]}
    written = json.dumps(header).encode()
    return struct.pack("<Q", len(written)) + written + bytes(data)


@pytest.fixture
async def style(server, tmp_path):
    """An adapter by this name at the server, until the end of the test; called: it is taken away before."""
    folder = await asyncio.to_thread(adapter, tmp_path / "style")
    await asyncio.to_thread(_post, server, "load", {"lora_name": "style", "lora_path": str(folder)})
    there = True

    async def gone():
        nonlocal there
        if there:
            await asyncio.to_thread(_post, server, "unload", {"lora_name": "style"})
        there = False

    yield gone
    await gone()


def _post(server, what, body):
    asked = urllib.request.Request(  # noqa: S310  ours
        f"{server.url}/v1/{what}_lora_adapter",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310  ours
        assert answer.status == 200


def text(pieces):
    return "".join(piece.text for piece in pieces)


async def test_a_workspace_writes_with_its_adapter_and_the_others_without(open_model, style):
    model, prompt = open_model(adapters={"acme": "style"}), fresh()

    plain, styled, again = [await written(model, prompt, salt=salt) for salt in ("globex", "acme", "globex")]

    assert [pieces[-1].model for pieces in (plain, styled, again)] == ["small", "style", "small"]
    # ``plain`` and ``again`` may differ: out of the cache numbers are rounded in another way.
    assert text(styled) not in (text(plain), text(again))
    assert not styled[-1].notes


async def test_what_is_asked_for_goes_before_the_workspace(open_model, style):
    model = open_model(adapters={"acme": "small"})

    assert (await written(model, fresh(), salt="acme", adapter="style"))[-1].model == "style"


async def test_an_adapter_that_is_not_loaded_is_noted_and_the_model_writes(open_model):
    pieces = await written(open_model(adapters={"acme": "style"}), fresh(), salt="acme")

    assert pieces[-1].model == "small" and "style is not loaded" in pieces[-1].notes[0]


async def test_an_adapter_that_is_unloaded_while_we_run_is_done_without(open_model, style):
    model = open_model(adapters={"acme": "style"})
    assert (await written(model, fresh(), salt="acme"))[-1].model == "style"

    await style()
    pieces = await written(model, fresh(), salt="acme")

    assert pieces[-1].model == "small" and "style is not loaded" in pieces[-1].notes[0]


async def test_doctor_hears_which_adapters_are_missing(open_model, style):
    model = open_model(adapters={"acme": "style", "globex": "other"})
    await model.ready()

    faults = await model.faults({"style", "third"})

    assert [fault.split("'")[1] for fault in faults] == ["other", "third"]


async def test_a_plugin_writes_with_the_adapter_that_its_settings_name(open_office, style, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "vpn.md").write_text(VPN, "utf-8")
    async with open_office(more='[[plugins]]\nuse = "plugins.faq:Faq"\nadapter = "style"\n') as office:
        await office.load(docs)

        said = await office.ask("How long are VPN certificates valid?")

        assert said["receipt"]["model"] == "style", said
