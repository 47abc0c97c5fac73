"""What a verb prints: JSON for scripts, words for people; results on standard output, progress on standard error."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import orjson

from engine.age import in_brackets

Row = Mapping[str, Any]


class Output:
    """Prints lines of an operation.  ``kind`` says what they are."""

    def __init__(self, as_json: bool, kind: str = ""):
        self._json = as_json
        self._kind = kind
        self._terminal = sys.stderr.isatty()
        self._progress = False
        self._rows: list[Row] = []

    def line(self, line: Row) -> None:
        """A ``row``, ``progress``, ``notice``, ``status`` or ``state`` line."""
        if "row" in line:
            self.row(line["row"])
        elif "progress" in line and self._terminal:
            p = line["progress"]
            sys.stderr.write(f"\r\x1b[K{_progress(p)}"[:120])
            sys.stderr.flush()
            self._progress = True
        elif "status" in line and self._terminal:
            sys.stderr.write(f"\r\x1b[K{line['status'].strip('*')}"[:120])
            sys.stderr.flush()
            self._progress = True
        elif "notice" in line:
            self._clear()
            sys.stderr.write(f"frontdesk: {line['notice']}\n")

    def row(self, row: Row) -> None:
        """One result."""
        self._rows.append(row)
        self._clear()
        sys.stdout.write((orjson.dumps(row).decode() if self._json else self.words(row)) + "\n")
        sys.stdout.flush()

    def words(self, row: Row) -> str:
        """A row for a person."""
        return _words(self._kind, row)

    def _clear(self) -> None:
        if self._progress:
            sys.stderr.write("\r\x1b[K")
            self._progress = False

    def end(self) -> int:
        """Say what an empty result means; returns the exit status."""
        self._clear()
        if not self._rows and not self._json and self._kind in _NOTHING:
            sys.stdout.write(_NOTHING[self._kind] + "\n")
        return int(any(_failed(self._kind, row) for row in self._rows))


def _progress(load: Row) -> str:
    """How far a load is."""
    ended = load["searchable"] + load["unchanged"] + load["failed"] + load["gone"]
    text = f"{ended}/{load['found']} documents: {load['parsed']} parsed, {load['embedded']} passages embedded"
    return f"{text}, {load['failed']} failed" if load["failed"] else text


def _failed(kind: str, row: Row) -> bool:
    """Whether this row says that something asked for failed."""
    match kind:
        case "loaded":
            return bool(row["status"] == "failed")
        case "answer":
            return bool(row["outcome"] == "refused")
        case "check":
            return not row["ok"]
        case "found":
            return not row["works"]
        case _:
            return kind == "differences"


_NOTHING = {
    "documents": "Nothing is loaded here yet: frontdesk kb add FILE-or-FOLDER",
    "entries": "There are no entries yet: frontdesk kb entry --question TEXT --answer TEXT",
    "loaded": "There is nothing to load.",
    "token": "There are no tokens yet: frontdesk mcp token new --audience workspace --name NAME",
    "review": "Nothing needs a look.",
    "differences": "The index agrees with the database.",
}


def _words(kind: str, row: Row) -> str:
    """A row for a person."""
    match kind:
        case "loaded":
            what = f"{row['passages']} passages" if row["status"] != "failed" else row["reason"]
            return f"{row['status']:<11}{row['source']}  ({what})"
        case "documents":
            notes = "" if row["status"] == "searchable" else f"  {row['status']}: {row['reason']}"
            return (
                f"{row['document']}  {row['audience']:<10} {row['passages']:>4} passages  {row['title']}  "
                f"<{row['source']}>{notes}"
            )
        case "document":
            head = f"{row['title']}  <{row['source']}>  for {row['audience']}, version {row['version']}"
            return "\n\n".join([head, *(f"## {p['heading']}\n{p['text']}" for p in row["text"])])
        case "removed":
            return f"removed {row['source']}"
        case "results":
            shown = [
                f"{n}. {r['score']:.3f}  {r['title']} > {r['heading']}  <{r['source']}>\n   "
                + r["text"][:300].replace("\n", "\n   ")
                for n, r in enumerate(row["results"], 1)
            ]
            return "\n".join(shown) or "Nothing was found."
        case "answer":
            sources = [
                f"[{s['number']}] {s['title']}"
                + (f" > {s['heading']}" if s["heading"] else "")
                + (f"  {s['url']}" if s["url"] else "")
                + in_brackets(s.get("dated", 0.0), row["language"])
                for s in row["sources"]
            ]
            return "\n".join([row["text"], "", *sources]).strip()
        case "rebuilt":
            return f"rebuilt the index: {row['passages']} passages"
        case "differences":
            return "  ".join(f"{k}: {v}" for k, v in row.items())
        case "reloaded":
            lines = [f"changed: {', '.join(row['applied'])}" if row["applied"] else "nothing changed"]
            if row["needs_restart"]:
                lines.append(f"needs a restart, as before until then: {', '.join(row['needs_restart'])}")
            return "\n".join([*lines, *row["notes"]])
        case "token":
            ends = f"revoked {row['revoked']}" if row["revoked"] else f"until {row['expires'] or 'it is revoked'}"
            whose = f"{row['id']}  {row['name']}  {row['workspace']}  {row['audience']}"
            whose += f"  {ends}, used {row['used'] or 'never'}"
            return f"{whose}\n\n{row['token']}\n\nIt is shown this once." if "token" in row else whose
        case "plugin":
            file, test = row["files"]
            return (
                f"{file} is a plugin, {test} its test: python -m pytest {test}\n"
                f'To use it, write [[plugins]] with use = "{row["use"]}" into the settings and start with '
                f"PYTHONPATH={row['folder']} frontdesk run"
            )
        case "check":
            return f"{'kept' if row['ok'] else 'BROKEN':<7}{row['check']}" + (f": {row['why']}" if row["why"] else "")
        case "found":
            return f"{'works' if row['works'] else 'FAILS':<6} {row['what']}" + (
                f": {row['advice']}" if row["advice"] else ""
            )
        case _:
            return "  ".join(str(v) for v in row.values())
