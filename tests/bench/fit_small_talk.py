"""Fits what tells small talk from questions; ``--write`` replaces small_talk.json.

Ridge regression to +1 and -1, both sides with the same weight in total, over the second packaged encoder's vectors:
CLINC150's training part, the 15 intents of the domain small talk against the 135 others, and against questions to
documents (CMRC 2018, MTRAG's, ShardingSphere's FAQ in both languages), which weigh as much as those 135: people of
CLINC only ask an assistant in English, and without these a third of all Chinese questions was small talk.  Which kind
of small talk it is, by the same means among the 15.  ``tests.bench.smalltalk`` scores it on the validation part and on
other questions.

    .venv/bin/python -m tests.bench.fit_small_talk --write
"""

from __future__ import annotations

import argparse
import base64
from pathlib import Path
from typing import Final

import numpy as np
import orjson
from numpy.typing import NDArray

from engine.knowledge import Packaged
from engine.knowledge.embed import E5
from engine.knowledge.small_talk import EMBEDDER, FILE
from tests.bench.vectors import Kept

#: CLINC's intents as our kinds.
KINDS: Final = {
    "greeting": "greeting", "thank_you": "thanks", "goodbye": "bye", "are_you_a_bot": "bot",
    "who_made_you": "who", "who_do_you_work_for": "who", "what_is_your_name": "who", "where_are_you_from": "who",
    "how_old_are_you": "who", "what_can_i_ask_you": "can", "meaning_of_life": "fun", "do_you_have_pets": "fun",
    "what_are_your_hobbies": "fun", "fun_fact": "fun", "tell_joke": "fun",
}  # fmt: skip
_RIDGE: Final = 0.01  # .0001 to .01 are within .2 points of one another on the validation part, and were looked at
Numbers = NDArray[np.float64]


def ridge(vectors: Numbers, wanted: Numbers, weight: Numbers) -> tuple[Numbers, float]:
    """Weights and constant; ``weight`` sums to 1."""
    mean = weight @ vectors
    centred = vectors - mean
    spread = (centred * weight[:, None]).T @ centred
    spread += _RIDGE * np.trace(spread) / len(spread) * np.eye(len(spread))
    middle = float(weight @ wanted)
    found = np.linalg.solve(spread, (centred * weight[:, None]).T @ (wanted - middle))
    return found, middle - float(mean @ found)


def balanced(yes: NDArray[np.bool_]) -> Numbers:
    """Both sides count alike."""
    return np.where(yes, 0.5 / yes.sum(), 0.5 / (~yes).sum())


def of_documents(data: Path) -> list[str]:
    """Questions to documents."""
    cmrc = orjson.loads((data / "cmrc2018" / "cmrc2018_trial.json").read_bytes())["data"]
    found = [qa["question"] for page in cmrc for paragraph in page["paragraphs"] for qa in paragraph["qas"]]
    for domain in ("clapnq", "cloud", "fiqa", "govt"):
        lines = (data / "mtrag" / f"{domain}_rewrite.jsonl").read_bytes().splitlines()
        found += [str(orjson.loads(line)["text"]).removeprefix("|user|:").strip() for line in lines]
    for language in ("en", "zh"):
        found += (data / "faq-shardingsphere" / f"{language}.txt").read_text("utf-8").splitlines()
    return [text for text in dict.fromkeys(found) if text.strip()]


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="FOLDER")
    parser.add_argument("--vectors", type=Path, metavar="FOLDER", help="keep vectors here between runs")
    parser.add_argument("--write", action="store_true", help="replace small_talk.json")
    wanted = parser.parse_args()
    rows = orjson.loads((wanted.data / "clinc150" / "train_val.json").read_bytes())["train"]
    others = [[text, ""] for text in of_documents(wanted.data)]
    read = Kept(Packaged(), wanted.vectors).queries([text for text, _ in [*rows, *others]])
    vectors = read[:, E5.dimensions :].astype(float)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows += others
    small = np.array([intent in KINDS for _, intent in rows])
    weight = balanced(small)
    beside = np.arange(len(rows)) >= len(rows) - len(others)
    for part in (beside, ~beside & ~small):
        weight[part] = 0.25 / part.sum()
    kind = np.array([KINDS.get(intent, "") for _, intent in rows])
    kinds = sorted(set(KINDS.values()))
    fits = [ridge(vectors, np.where(small, 1.0, -1.0), weight)]
    for name in kinds:
        yes = kind[small] == name
        fits.append(ridge(vectors[small], np.where(yes, 1.0, -1.0), balanced(yes)))
    weights = np.stack([fit[0] for fit in fits])
    scales = np.abs(weights).max(1) / 127
    found = {
        "provenance": {
            "by": "python -m tests.bench.fit_small_talk --write",
            "on": {
                "CLINC150 train (CC BY 3.0)": len(rows) - len(others),
                "of which small talk": int(small.sum()),
                "CMRC 2018 trial (CC BY-SA 4.0), MTRAG and ShardingSphere's FAQ (Apache-2.0)": len(others),
            },
            "embedder": EMBEDDER,
        },
        "kinds": kinds,
        "constants": [round(fit[1], 5) for fit in fits],
        "scales": [float(f"{scale:.5g}") for scale in scales],
        "weights": base64.b64encode(np.rint(weights / scales[:, None]).astype(np.int8).tobytes()).decode(),
    }
    text = orjson.dumps(found, option=orjson.OPT_INDENT_2)
    if wanted.write:
        FILE.write_bytes(text + b"\n")
    print(f"{len(text)} bytes, {small.sum()} of {len(rows)} are small talk")


if __name__ == "__main__":
    main()
