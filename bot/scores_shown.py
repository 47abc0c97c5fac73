"""What `eval` prints and writes: scores with their intervals, what moved since the last run, files for the details."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from bot.output import Output, Row
from engine.errors import FrontdeskError

_RATES = ("recall@1", "recall@5", "mrr@10", "precision", "coverage_at_95_precision", "auroc_answerable")
_MOVED = 10  # cases named on either side


class Scores(Output):
    """Prints the scores; keeps the cases for the files, which are written whole when everything has run."""

    def __init__(self, as_json: bool, *, details: Path | None, page: Path | None, plot: Path | None):
        super().__init__(as_json, "scores")
        self._details, self._page, self._plot = details, page, plot
        self._cases: list[Row] = []
        for file in filter(None, (details, page, plot)):
            if not file.parent.is_dir():
                raise FrontdeskError(f"there is no folder {file.parent} for {file.name}")

    def line(self, line: Row) -> None:
        """As ``Output.line``; ``case`` lines too."""
        if "case" in line:
            self._cases.append(line["case"])
        super().line(line)

    def words(self, row: Row) -> str:
        """The scores for a person."""
        return scores_in_words(row)

    def end(self) -> int:
        """Write the files."""
        if self._details:
            written(self._details, b"".join(orjson.dumps(case) + b"\n" for case in self._cases))
        if self._rows and self._page:
            from bot.scores_page import page

            written(self._page, page(self._rows[-1], self._cases).encode())
        if self._rows and self._plot:
            from bot.scores_plot import png

            written(self._plot, png(self._rows[-1], self._cases))
        return super().end()


def written(file: Path, data: bytes) -> None:
    """Write a file whole, or leave it as it was.  Raises ``FrontdeskError``."""
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_bytes(data)
        part.replace(file)
    except OSError as e:
        part.unlink(missing_ok=True)
        raise FrontdeskError(f"{file} cannot be written: {e.strerror}") from None


def scores_in_words(row: Row) -> str:
    """A table: all cases, then each language; below it what moved."""
    groups: list[tuple[str, Row]] = [("all", row)]
    if len(row["by_language"]) > 1:
        groups += row["by_language"].items()
    lines = [counts_in_words(row), ""]
    lines.append(f"{'':<26}" + "".join(f"{name:<30}" for name, _ in groups))
    for name in _RATES:
        if any(scores[name] is not None for _, scores in groups):
            cells = (value_in_words(scores[name], scores["intervals"].get(name)) for _, scores in groups)
            lines.append((f"{name:<26}" + "".join(f"{cell:<30}" for cell in cells)).rstrip())
    if moved := row.get("compared"):
        lines += ["", *_moved(moved)]
    return "\n".join(line.rstrip() for line in lines)


def counts_in_words(row: Row) -> str:
    """How many came out how; a run from before there was asking back says nothing of it."""
    asked = f", {row['asked_back']} asked back" if row.get("asked_back") else ""
    return f"{row['cases']} cases, {row['answered']} answered{asked}, {row['handed_off']} handed over"


def outcome(case: Row) -> str:
    """What became of a case."""
    if case.get("asked_back"):
        return "asked back"
    return "answered" if case["answered"] else "handed over"


def value_in_words(value: float | None, interval: Mapping[str, Any] | None) -> str:
    """``0.833 (0.742 to 0.896, n 90)``."""
    if value is None:
        return "-"
    return f"{value:.3f}" + (
        f" ({interval['low']:.3f} to {interval['high']:.3f}, n {interval['n']})" if interval else ""
    )


def _moved(moved: Row) -> list[str]:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(moved["at"]))
    others = [f"{moved[f'{what}_cases']} {what}" for what in ("new", "gone") if moved[f"{what}_cases"]]
    counts = ", ".join([f"{moved['better_cases']} better", f"{moved['worse_cases']} worse", *others])
    changed = [f"{name} {by:+.3f}" for name, by in moved["scores"].items() if name in _RATES]
    lines = [f"Since run {moved['run']} ({when}): {counts}" + (f"; {', '.join(changed)}" if changed else "")]
    lines += other_parts(moved)
    for side in ("worse", "better"):
        lines += [f"  {side:<6} {m['id']}  {m['question'][:70]}  ({_change(m)})" for m in moved[side][:_MOVED]]
        if moved[f"{side}_cases"] > _MOVED:
            lines.append(f"  … and {moved[f'{side}_cases'] - _MOVED} more {side}")
    return lines


def other_parts(moved: Row) -> list[str]:
    """What else was another in the last run: its figures say nothing of the documents alone."""
    return [f"the last run used another {what}: {o['before']}, now {o['now']}" for what, o in moved["others"].items()]


def _change(one: Row) -> str:
    def said(state: Row) -> str:
        place = f", document {state['rank'] or 'not found'}" if state["rank"] >= 0 else ""
        return outcome(state) + place

    return f"{said(one['before'])} → {said(one['after'])}"


def judged(cases: Sequence[Row], language: str = "") -> list[tuple[float, bool]]:
    """Confidence and rightness of the cases that say what is right; of one language, or of all."""
    return [
        (c["confidence"], bool(c["right"]))
        for c in cases
        if c["right"] is not None and (not language or c["language"] == language)
    ]
