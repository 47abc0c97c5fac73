"""Small talk or a question: how many of each are taken for the other.

``clinc``: CLINC150's validation part, 300 messages of the domain small talk and 2,700 of 135 other intents; the
classifier was fitted on the training part (``tests.bench.fit_small_talk``).  ``accuracy`` is balanced (the mean of both
sides), ``missed`` the share of small talk taken for a question, ``mistaken`` the share of questions taken for small
talk.  ``by_words``: the same by the phrases alone (``engine/chit_chat.txt``), which are asked first and need no search;
they were written without looking at the validation part.  ``zh``: messages of our own
(``tests/data/small_talk_zh.jsonl``), phrases and classifier together.  ``elsewhere``: questions of other kinds, each of
which is one and none was fitted on: a bank's customers (banking77), APISIX's FAQ in both languages, XQuAD in Chinese.

    .venv/bin/python -m tests.bench.smalltalk --json
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from engine.chit_chat import kind_of
from engine.knowledge import Packaged
from engine.knowledge.small_talk import SmallTalk
from engine.talk import is_greeting
from tests.bench import report
from tests.bench.fit_small_talk import KINDS
from tests.bench.same_question import banking
from tests.bench.vectors import Kept

_OWN = Path(__file__).parent.parent / "data" / "small_talk_zh.jsonl"
_ELSEWHERE, _QUICK = 500, 100
Judge = Callable[[str], bool]


def judged(small: Sequence[str], others: Sequence[str], is_small: Judge) -> report.Result:
    """Both kinds of errors."""
    missed = sum(not is_small(text) for text in small) / len(small)
    mistaken = sum(map(is_small, others)) / len(others)
    return {
        "accuracy": round(1 - (missed + mistaken) / 2, 4),
        "missed": round(missed, 4),
        "mistaken": round(mistaken, 4),
        "n": [len(small), len(others)],
    }


def measured(data: Path, embedder: Kept, most: int) -> report.Result:
    """All of it."""
    classifier = SmallTalk()

    def by_words(text: str) -> bool:
        return is_greeting(text) or bool(kind_of(text))

    def by_meaning(text: str) -> bool:
        return bool(classifier.kind(embedder.queries([text])[0]))

    def either(text: str) -> bool:
        return by_words(text) or by_meaning(text)

    rows = orjson.loads((data / "clinc150" / "train_val.json").read_bytes())["val"]
    small = [text for text, intent in rows if intent in KINDS]
    others = [text for text, intent in rows if intent not in KINDS]
    own = orjson.loads(_OWN.read_bytes())
    draw = random.Random(3)
    sets = {
        "banking77": [text for text, _ in banking(data)],
        **{f"apisix {la}": _of_pairs(data, la) for la in ("en", "zh")},
        "xquad zh": _of_xquad(data),
    }
    elsewhere = {}
    for name, texts in sets.items():
        some = draw.sample(texts, min(most, len(texts)))
        elsewhere[name] = {"mistaken": sum(map(either, some)), "n": len(some)}
    return {
        "clinc": judged(small, others, by_meaning),
        "by_words": judged(small, others, by_words),
        "both": judged(small, others, either),
        "zh": judged(own["small"], own["question"], either),
        "zh_by_meaning": judged(own["small"], own["question"], by_meaning),
        "elsewhere": elsewhere,
    }


def _of_pairs(data: Path, language: str) -> list[str]:
    lines = (data / "docs-apisix" / "faq_pairs.jsonl").read_bytes().splitlines()
    return [str(orjson.loads(line)[f"q_{language}"]) for line in lines]


def _of_xquad(data: Path) -> list[str]:
    read = orjson.loads((data / "xquad" / "xquad.zh.json").read_bytes())["data"]
    return [qa["question"] for page in read for paragraph in page["paragraphs"] for qa in paragraph["qas"]]


def main() -> None:
    """Measure and print."""
    wanted = report.options(__doc__, data=True, vectors=True)
    embedder = Kept(Packaged(), wanted.vectors)
    result = measured(wanted.data, embedder, _QUICK if wanted.quick else _ELSEWHERE)
    report.show({**report.machine("onnxruntime"), **result}, wanted, table=table)


def table(result: report.Result) -> list[list[str]]:
    """A row a figure."""
    names = ("clinc", "by_words", "both", "zh", "zh_by_meaning", "elsewhere")
    return [["what", "figure"], *([f"{name}: {key}", str(v)] for name in names for key, v in result[name].items())]


if __name__ == "__main__":
    main()
