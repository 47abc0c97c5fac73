"""The verbs of the knowledge base for people: rows in words."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import orjson

from bot.output import Output, Row


class Loading(Output):
    """Documents as they end, then what that comes to; says of a load that was stopped what it had done."""

    def __init__(self, as_json: bool, *, sync: bool = False):
        super().__init__(as_json, "loaded")
        self._sync = sync

    def line(self, line: Row) -> None:
        """`kb sync` ends with its summary, and tells people only of what is not as it was."""
        if "summary" in line:
            self._end(line["summary"])
        elif not self._is_as_it_was(line.get("row", {})):
            super().line(line)

    def _is_as_it_was(self, row: Row) -> bool:
        return self._sync and not self._json and row.get("status") == "unchanged"

    def _end(self, row: Row) -> None:
        self._clear()
        if self._sync:
            sys.stdout.write((orjson.dumps({"summary": row}).decode() if self._json else summary(row)) + "\n")
        elif not self._json and row["found"] > 1:
            sys.stderr.write(summary(row) + "\n")
        elif self._json and row["notes"]:  # a line of its own, only where there is something to tell
            sys.stdout.write(orjson.dumps({"summary": row}).decode() + "\n")
        if not self._json:
            sys.stderr.writelines(f"frontdesk: {note}\n" for note in row["notes"])

    def end(self) -> int:
        """Where nothing was to be told, `kb sync` has told that itself."""
        return 0 if self._sync and not self._rows else super().end()

    def stopped(self, row: Row) -> None:
        """It was cancelled."""
        self._clear()
        left = f"{row['left']} of {row['found']} documents were not loaded" if row["left"] else "everything was loaded"
        kept = "; what was loaded stays" if row["added"] or row["changed"] else ""
        sys.stderr.write(f"frontdesk: cancelled: {left}{kept}\n")


class Words(Output):
    """Rows of the other verbs."""

    def words(self, row: Row) -> str:
        """A row for a person."""
        match self._kind:
            case "sources":
                every = f"every {_span(row['every_s'])}, next {_moment(row['due'])}" if row["every_s"] else "when asked"
                return (
                    f"{row['source']}  ({row['kind']}, {row['documents']} documents, for {row['audience']}; looked at "
                    f"{every}; last {_moment(row['synced'])})"
                )
            case "granted":
                return f"{row['source']} is now for {row['audience']}"
            case "entry":
                return f"kept as {row['source']}, for {row['audience']}"
            case "entry lines":
                return str(row["line"])
            case "entries":
                second = [f"Q: {row['question_2']}", f"A: {row['answer_2']}"] if "question_2" in row else []
                about = (row["id"], row["audience"], row["owner"], row["expires"] and f"until {row['expires']}")
                head = "  ".join(part for part in about if part)
                return "\n".join([head, f"Q: {row['question']}", f"A: {row['answer']}", *second])
            case "audit":
                details = "  ".join(f"{k}={v}" for k, v in row["details"].items())
                when = datetime.fromtimestamp(row["at"], UTC).strftime("%Y-%m-%d %H:%M:%S")
                parts = [when, row["actor"] or "-", row["action"], row["workspace"], row["subject"], details]
                return "  ".join(part for part in parts if part)
            case "verified":
                return _verified(row)
        return super().words(row)

    def end(self) -> int:
        """A broken audit is a failure."""
        broken = self._kind == "verified" and not all(row["intact"] for row in self._rows)
        return 1 if broken else super().end()


def summary(row: Row) -> str:
    """What a load came to."""
    parts = [f"{row[name]} {name}" for name in ("added", "changed", "unchanged", "gone", "failed") if row[name]]
    return f"{row['found']} documents: {', '.join(parts) or 'nothing to do'}"


def _verified(row: Row) -> str:
    said = [f"WRONG: {problem}" for problem in row["problems"]]
    said.append("The audit is not as it was written." if said else "The audit is as it was written.")
    said.append(f"{row['rows']} signed rows, the last one is {row['head'] or '-'}")
    said.append("Note both: `frontdesk audit --verify --head HASH --count N` then also sees rows cut off at the end.")
    if row["unsigned"]:
        said.append(f"{row['unsigned']} rows were written without a signature.")
    return "\n".join(said)


def _moment(at: Any) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC") if at else "never"


def _span(seconds: float) -> str:
    for name, length in (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds / length:.0f}{name}"
    return f"{seconds:.0f} s"
