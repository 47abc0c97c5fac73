"""`frontdesk eval accept`: a person looks at each proposed question, and takes, mends or drops it."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any

import orjson

from bot.output import Output
from bot.scores_shown import written
from bot.verbs import json_lines
from engine.errors import FrontdeskError
from engine.evaluation import Case

_ASK = "[y]es, [n]o (drop it), [e]dit, [s]kip, [q]uit? "


class Proposals:
    """A file of questions; every decision is on disk at once, whole."""

    def __init__(self, file: Path):
        self._file = file
        self.cases: list[dict[str, Any]] = json_lines(file)
        for case in self.cases:
            Case.from_json(orjson.dumps(case).decode())

    @property
    def waiting(self) -> list[dict[str, Any]]:
        """Those that nobody has accepted yet."""
        return [case for case in self.cases if case.get("accepted") is False]

    def accept(self, case: dict[str, Any], **changed: Any) -> None:
        """Take a question, with what was mended in it."""
        case |= {**changed, "accepted": True}
        self._write()

    def drop(self, case: dict[str, Any]) -> None:
        """Take a question out of the file."""
        self.cases.remove(case)
        self._write()

    def _write(self) -> None:
        written(self._file, b"".join(orjson.dumps(case) + b"\n" for case in self.cases))


class Made(Output):
    """Adds proposals to a file, in one go at the end."""

    def __init__(self, as_json: bool, file: Path):
        super().__init__(as_json, "made")
        self._file = file
        if not file.parent.is_dir():
            raise FrontdeskError(f"there is no folder {file.parent} for {file.name}")

    def words(self, row: Any) -> str:
        """A question and its document."""
        return f"{row['id']}  {row['question']}  <{', '.join(row['documents'])}>"

    def end(self) -> int:
        """Write the file."""
        if self._rows:
            before = self._file.read_bytes() if self._file.exists() else b""
            between = b"\n" if before and not before.endswith(b"\n") else b""
            written(self._file, before + between + b"".join(orjson.dumps(row) + b"\n" for row in self._rows))
            sys.stderr.write(f"added to {self._file}, none accepted yet: frontdesk eval accept {self._file}\n")
        return super().end()


def accept_named(
    file: Path, accepted: Collection[str], dropped: Collection[str], *, everything: bool
) -> dict[str, int]:
    """Without questions asked: those with these ids, or all that wait.  Raises ``FrontdeskError`` for an unknown id."""
    proposals = Proposals(file)
    waiting = {str(case["id"]): case for case in proposals.waiting}
    if unknown := [id_ for id_ in (*accepted, *dropped) if id_ not in waiting]:
        raise FrontdeskError(f"{file} has no question {unknown[0]!r} that waits to be accepted")
    for id_ in dropped:
        proposals.drop(waiting.pop(id_))
    taken = [case for id_, case in waiting.items() if everything or id_ in accepted]
    for case in taken:
        proposals.accept(case)
    return _counted(proposals, len(taken), len(dropped))


def accept_one_by_one(file: Path, answers: IO[str]) -> dict[str, int]:
    """Ask a person about each; the end of the input ends it, and what was decided stands."""
    proposals = Proposals(file)
    taken = dropped = 0
    waiting = proposals.waiting
    for n, case in enumerate(waiting, 1):
        sys.stderr.write(_shown(case, n, len(waiting)))
        match _answer(answers, _ASK)[:1].lower():
            case "y":
                proposals.accept(case)
                taken += 1
            case "n":
                proposals.drop(case)
                dropped += 1
            case "e":
                question = _answer(answers, f"question [{case['question']}]: ") or case["question"]
                answer = _answer(answers, f"answer, words that must be said [{_text(case.get('answer'))}]: ")
                if "\x04" in (question, answer):
                    break
                proposals.accept(case, question=question, **({"answer": answer} if answer else {}))
                taken += 1
            case "q" | "\x04":
                break
            case _:
                continue
    return _counted(proposals, taken, dropped)


def _counted(proposals: Proposals, taken: int, dropped: int) -> dict[str, int]:
    waiting = len(proposals.waiting)
    return {"accepted": taken, "dropped": dropped, "waiting": waiting, "questions": len(proposals.cases) - waiting}


def _answer(answers: IO[str], asking: str) -> str:
    """A line; the sign for the end of the input where there is none any more."""
    sys.stderr.write(asking)
    sys.stderr.flush()
    line = answers.readline()
    return line.strip() if line else "\x04"


def _shown(case: dict[str, Any], number: int, total: int) -> str:
    answer = _text(case.get("answer"))
    lines = [
        f"\n{number}/{total}  {case['question']}",
        *([f"    answer:   {answer}"] if answer else []),
        f"    sentence: {case.get('evidence', '')}",
        f"    document: {', '.join(case.get('documents', ()))}  (proposed by its {case.get('proposed', '')})",
    ]
    return "\n".join(lines) + "\n"


def _text(answer: Any) -> str:
    return answer if isinstance(answer, str) else " | ".join(answer or ())
