"""Messages while workers die, freeze and are cut off from the database: how many are lost, doubled, out of order.

10,000 messages in 500 conversations, 5 % redelivered.  SQLite: one worker, killed (SIGKILL) four times.  PostgreSQL:
two workers, killed four times, frozen (SIGSTOP) past their leases four times, and cut off from PostgreSQL for as long
four times: twice what stood in the connections arrives late, twice it is lost and the connections break.
``per_second`` is everything that is delivered over the time from the first message until no event is open, with the
workers' restarts, freezes and waits in it; ``per_second_undisturbed`` the same without them.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.report import Result, machine, options, show
from tests.inbox.driver import Plan, run
from tests.postgresql import running

_FIELDS = (
    "messages",
    "lost",
    "duplicates",
    "reordered",
    "per_second",
    "per_second_undisturbed",
    "kills",
    "freezes",
    "partitions",
)


def measure(*, quick: bool) -> Result:
    """Both databases, one after the other."""
    size = {"messages": 1_000, "conversations": 100} if quick else {"messages": 10_000, "conversations": 500}
    kills, waits = (2, {"freezes": 1, "partitions": 2}) if quick else (4, {"freezes": 4, "partitions": 4})
    with running() as server:
        return {
            **machine("sqlalchemy", "psycopg"),
            "n": size["messages"],
            "sqlite": _measure(lambda folder: f"sqlite:///{folder / 'desk.db'}", random_kills=kills, **size),
            "postgresql": _measure(
                lambda _: server.new_database(), random_kills=kills, waits=waits, workers=2, lease_s=2.0, **size
            ),
        }


def _measure(url: Any, *, random_kills: int, waits: dict[str, int] | None = None, **plan: Any) -> Result:
    with tempfile.TemporaryDirectory() as calm, tempfile.TemporaryDirectory() as wild:
        undisturbed = asyncio.run(run(Plan(url(Path(calm)), Path(calm), **plan)))
        trouble = {"random_kills": random_kills, **(waits or {})}
        result = asyncio.run(run(Plan(url(Path(wild)), Path(wild), **plan, **trouble)))
    both = (undisturbed, result)
    return {
        "messages": result.messages,
        "lost": sum(r.lost for r in both),
        "duplicates": sum(r.duplicates for r in both),
        "reordered": sum(r.reordered for r in both),
        "per_second": round(result.per_second, 1),
        "per_second_undisturbed": round(undisturbed.per_second, 1),
        "kills": len(result.kills),
        "freezes": result.freezes,
        "partitions": result.partitions,
    }


def main() -> None:
    """Measure and show."""
    asked = options(__doc__)
    show(measure(quick=asked.quick), asked, table=_table, plot=_plot)


def _table(result: Result) -> list[list[str]]:
    rows = [[name, *(str(result[name][f]) for f in _FIELDS)] for name in ("sqlite", "postgresql")]
    return [["", *_FIELDS], *rows]


def _plot(result: Result, axes: Any) -> None:
    names = ["sqlite", "postgresql"]
    for shift, key in ((-0.2, "per_second"), (0.2, "per_second_undisturbed")):
        axes.bar([n + shift for n in range(len(names))], [result[n][key] for n in names], width=0.38, label=key)
    axes.set_xticks(
        range(len(names)), [f"{n}\nlost {result[n]['lost']}, twice {result[n]['duplicates']}" for n in names]
    )
    axes.set_ylabel("messages per second")
    axes.legend()


if __name__ == "__main__":
    main()
