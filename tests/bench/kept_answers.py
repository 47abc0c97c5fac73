"""What a model wrote in a bench, kept line by line: a bench that was ended goes on where it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class KeptAnswers:
    """A file of JSON lines ``{"key", "model", ...}``, one for each problem that is done; without a file, a memory."""

    def __init__(self, file: Path | None, model: str):
        """Raises ``SystemExit`` where the file holds what another model wrote."""
        self._file, self._model = file, model
        self._rows: dict[str, dict[str, Any]] = {}
        if file and file.exists():
            for line in file.read_text("utf-8").splitlines():
                row = json.loads(line)
                if row["model"] != model:
                    raise SystemExit(f"{file} holds answers of {row['model']}, not of {model}: name another file")
                self._rows[row["key"]] = row

    def get(self, key: str) -> dict[str, Any] | None:
        """What was kept for this problem."""
        return self._rows.get(key)

    def add(self, key: str, **what: Any) -> dict[str, Any]:
        """Keep what was written for a problem, at once."""
        row = {"key": key, "model": self._model, **what}
        self._rows[key] = row
        if self._file:
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(row) + "\n")
        return row
