"""Processes on this machine, as /proc has them: who started whom, what they hold and what they have taken."""

from __future__ import annotations

import os
from pathlib import Path


def family(pid: int) -> set[int]:
    """A process and all that it started."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        if found := _stat(int(entry.parent.name)):
            parents[int(entry.parent.name)] = int(found[1])
    members, before = {pid}, 0
    while before != len(members):
        before = len(members)
        members |= {child for child, parent in parents.items() if parent in members}
    return members


def resident_mb(pid: int) -> float:
    """Memory of one process; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def cpu_s(pid: int) -> float:
    """Seconds of CPU that one process has taken so far; 0 when it has ended."""
    found = _stat(pid)
    return (int(found[11]) + int(found[12])) / os.sysconf("SC_CLK_TCK") if found else 0.0


def _stat(pid: int) -> list[str]:
    """The fields behind the name, of which the state is the first; none when it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []
