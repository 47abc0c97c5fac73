"""SECURITY 3d: files made to do harm end as documents or with a reason, and harm nobody."""

from __future__ import annotations

import asyncio
import gc
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import LoadFailed
from engine.knowledge.loading import file_bytes
from engine.knowledge.reading import Reader
from tests.reading.dangerous import CASES, link
from tests.reading.files import zipped

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def verdict(reader: Reader, data: bytes, name: str) -> str:
    """What became of it: the reason, or nothing when it was read."""
    try:
        if name.endswith(".zip"):
            await reader.members(data, name)
        else:
            assert any(s.text.strip() for s in (await reader.read(data, name)).sections)
    except LoadFailed as e:
        return str(e)
    return ""


def resident() -> int:
    """Megabytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 1_000_000


@pytest.mark.parametrize(("name", "make", "reason"), CASES, ids=[name for name, _, _ in CASES])
async def test_a_dangerous_file_ends_with_a_reason_or_is_read(
    reader: Reader, name: str, make: Callable[[], bytes], reason: str
) -> None:
    data = make()
    gc.collect()
    before, started = resident(), time.monotonic()
    first, second = await asyncio.gather(verdict(reader, data, name), verdict(reader, data, name))

    assert re.search(reason, first) if reason else first == ""
    assert second == first  # and again the same
    assert "Traceback" not in first and "/work" not in first and len(first) < 400
    assert time.monotonic() - started < 90
    assert resident() - before < 50


async def test_the_process_that_answers_is_not_held_up_while_files_are_read(reader: Reader) -> None:
    """Judged by the time its own thread computes without a break, since the machine may be busy with others."""
    longest, running = 0.0, True

    async def watch() -> None:
        nonlocal longest
        while running:
            began = time.thread_time()
            await asyncio.sleep(0.001)
            longest = max(longest, time.thread_time() - began)

    watching = asyncio.create_task(watch())
    names = {"wide.xlsx", "deep.json", "cells.csv"}
    made = [(name, make()) for name, make, _ in CASES if name in names]
    longest = 0.0
    text = b"# Long\n\n" + b"A sentence that is read. " * 120_000
    page, *_ = await asyncio.gather(reader.read(text, "long.md"), *(verdict(reader, data, name) for name, data in made))
    running = False
    await watching

    assert len(page.sections[0].text) > 2_500_000
    assert longest < 0.1


async def test_a_file_of_two_gigabytes_is_refused_by_its_size(tmp_path: Path, reader: Reader) -> None:
    """It has holes, so it takes no space; no more of it is read than would be taken."""
    with (tmp_path / "huge.md").open("wb") as file:
        file.truncate(2_000_000_000)
    before = resident()

    assert "more than 20" in await verdict(reader, file_bytes(tmp_path / "huge.md")[0], "huge.md")
    assert resident() - before < 50


async def test_names_in_an_archive_lead_nowhere(reader: Reader) -> None:
    names = ["../../up.md", "/etc/abs.md", "C:\\Windows\\drive.md", "a\\..\\..\\back.md", "./a/./dot.md", "twice.md",
             "twice.md", "TWICE.md", "\u202eevil.md", "a/" * 200 + "deep.md", "中文.md", "..", "new\nline.md",
             "x" * 400 + "..", "...md"]  # fmt: skip
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped([*((name, "# Text\n\nhere") for name in names), link("link.md", "/etc/passwd"), ("dir/", "")])
    found = await reader.members(data, "names.zip")

    for member in found:
        parts = member.name.split("/")
        assert member.name and not member.name.startswith("/") and ".." not in parts and "" not in parts
        assert "\\" not in member.name and ":" not in member.name and member.name.isprintable()
    assert len({member.name for member in found}) == len(found)
    assert {"twice.md", "twice (2).md", "TWICE (3).md", "中文.md", "a/dot.md"} <= {member.name for member in found}
    assert [m.wrong for m in found if m.name == "link.md"] == ["this is a link, no file"]


async def test_an_archive_inside_an_archive_is_not_opened(reader: Reader) -> None:
    inner = zipped({"a.md": "# A\n\ntext"})
    found = {
        m.name: m for m in await reader.members(zipped({"b.md": "# B", "c/inner.zip": inner, "d.md": inner}), "x.zip")
    }

    assert found["b.md"].data == b"# B"
    assert "inside an archive" in found["c/inner.zip"].wrong and not found["c/inner.zip"].data
    assert "inside an archive" in found["d.md"].wrong


async def test_one_bad_file_in_an_archive_leaves_the_others(reader: Reader) -> None:
    data = zipped({"bomb.txt": bytes(15_000_000), "fine.md": "# Fine", "picture.png": b"\x89PNG", ".hidden.md": "x",
                   "__MACOSX/fine.md": "x"})  # fmt: skip
    found = {m.name: m for m in await reader.members(data, "mixed.zip")}

    assert sorted(found) == ["bomb.txt", "fine.md", "picture.png"]
    assert (found["fine.md"].data, found["fine.md"].wrong) == (b"# Fine", "")
    assert "grows to" in found["bomb.txt"].wrong and ".png" in found["picture.png"].wrong


async def test_names_in_an_archive_are_decoded(reader: Reader) -> None:
    """Windows in China writes names in GB18030, without saying so."""
    data = zipped({"AAAAAAAAAA.md": "# Text"}).replace(b"AAAAAAAAAA", "年假申请办".encode("gb18030"))

    assert [m.name for m in await reader.members(data, "names.zip")] == ["年假申请办.md"]
