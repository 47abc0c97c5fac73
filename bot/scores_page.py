"""The scores as one HTML page: tables, curves drawn as SVG, the worst cases; nothing is loaded and nothing runs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from html import escape

from bot.output import Row
from bot.scores_shown import counts_in_words, judged, other_parts, outcome, value_in_words
from engine.scores import curve, reliability

_NAMES = {
    "recall@1": "the right document is first",
    "recall@5": "the right document is among five",
    "mrr@10": "mean of 1/place of the right document",
    "precision": "of what was answered, right",
    "coverage_at_95_precision": "can be answered with 95 % right",
    "auroc_answerable": "answerable told from unanswerable",
}
_WORST = 25
_COLOURS = ("#2563eb", "#d97706", "#059669", "#9333ea", "#dc2626", "#0891b2")
_LEFT, _TOP, _WIDTH, _HEIGHT = 46, 22, 380, 240
_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --quiet: #667; --line: #ddd; --ground: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ea; --quiet: #99a; --line: #444; --ground: #17181b; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .3rem .9rem .3rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line); } td.n { font-variant-numeric: tabular-nums; white-space: nowrap; }
.quiet { color: var(--quiet); } figure { display: inline-block; margin: 0 1.5rem 1rem 0; }
svg text { fill: var(--quiet); font-size: 11px; } svg .axis { stroke: var(--quiet); } svg .grid { stroke: var(--line); }
.wide { overflow-x: auto; }
"""


def page(row: Row, cases: Sequence[Row], *, now: float = 0.0) -> str:
    """The page for a run: ``row`` as printed, ``cases`` as in the details."""
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(now or time.time()))
    languages = list(row["by_language"]) if len(row["by_language"]) > 1 else []
    groups: list[tuple[str, Row]] = [("all", row), *((name, row["by_language"][name]) for name in languages)]
    lines = [(name, judged(cases, "" if name == "all" else name)) for name, _ in groups]
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Frontdesk: evaluation</title>",
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style></head><body>",
        f"<h1>Evaluation</h1><p class=quiet>{counts_in_words(row)}; {escape(when)}.",
        "Brackets hold 95 % intervals (Wilson).</p>",
        _scores(groups),
        *_comparison(row.get("compared")),
        "<h2>Precision against coverage</h2>",
        _figure([(name, curve(found), len(found)) for name, found in lines], "share answered, surest first",
                "share of those that is right", 0.95),
        "<h2>Reliability</h2><p class=quiet>Of the cases with this confidence, how many are right.</p>",
        _reliability(judged(cases)),
        "<h2>Worst cases</h2>",
        _worst(cases),
        "</body></html>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = "".join(f"<th>{escape(h)}</th>" for h in head)
    body = "".join("<tr>" + "".join(f"<td class=n>{escape(c)}</td>" for c in r) + "</tr>" for r in rows)
    return f"<div class=wide><table><tr>{cells}</tr>{body}</table></div>"


def _scores(groups: Sequence[tuple[str, Row]]) -> str:
    rows = [
        [meaning, *(value_in_words(scores[name], scores["intervals"].get(name)) for _, scores in groups)]
        for name, meaning in _NAMES.items()
        if any(scores[name] is not None for _, scores in groups)
    ]
    return _table(["", *(name for name, _ in groups)], rows)


def _comparison(moved: Row | None) -> list[str]:
    if not moved:
        return []
    rows = [
        [side, m["id"], m["question"][:160], _state(m["before"]), _state(m["after"])]
        for side in ("worse", "better")
        for m in moved[side]
    ]
    head = f"<h2>Since run {escape(str(moved['run']))}</h2>"
    others = [f"<p>{escape(said)}</p>" for said in other_parts(moved)]
    return [head, *others, _table(["", "case", "question", "before", "now"], rows) if rows else "<p>No case moved.</p>"]


def _state(state: Row) -> str:
    rank = f", document {state['rank'] or 'not found'}" if state["rank"] >= 0 else ""
    return f"{outcome(state)} ({state['confidence']:.2f}){rank}"


def _worst(cases: Sequence[Row]) -> str:
    """What went wrong: the surest mistakes first, then the questions that were not answered, the nearest first."""
    wrong = [c for c in cases if c["good"] is False]
    wrong.sort(key=lambda c: (not c["answered"], -c["confidence"]))
    rows = [
        [
            c["id"],
            c["question"][:200],
            f"{c['confidence']:.2f}",
            outcome(c),
            "" if c["rank"] < 0 else str(c["rank"] or "not found"),
            (c["text"] or c["reason"] or "")[:200],
        ]
        for c in wrong[:_WORST]
    ]
    if not rows:
        return "<p>None: every case came out as it should.</p>"
    more = f"<p class=quiet>and {len(wrong) - _WORST} more</p>" if len(wrong) > _WORST else ""
    return _table(["case", "question", "confidence", "outcome", "place", "said"], rows) + more


def _x(value: float) -> float:
    return round(_LEFT + value * _WIDTH, 1)


def _y(value: float) -> float:
    return round(_TOP + (1 - value) * _HEIGHT, 1)


def _axes(across: str, up: str) -> list[str]:
    drawn = []
    for tenth in range(0, 11, 2):
        at = tenth / 10
        drawn += [
            f"<line class=grid x1={_x(0)} x2={_x(1)} y1={_y(at)} y2={_y(at)} />",
            f"<text x={_LEFT - 6} y={_y(at) + 4} text-anchor=end>{at:.1f}</text>",
            f"<text x={_x(at)} y={_TOP + _HEIGHT + 16} text-anchor=middle>{at:.1f}</text>",
        ]
    drawn += [
        f"<path class=axis fill=none d='M{_x(0)} {_y(1)}V{_y(0)}H{_x(1)}' />",
        f"<text x={_x(0.5)} y={_TOP + _HEIGHT + 34} text-anchor=middle>{escape(across)}</text>",
        f"<text transform='translate(11 {_y(0.5)}) rotate(-90)' text-anchor=middle>{escape(up)}</text>",
    ]
    return drawn


def _svg(inside: Sequence[str], label: str) -> str:
    size = f"width={_LEFT + _WIDTH + 120} height={_TOP + _HEIGHT + 42}"
    return f"<figure><svg {size} role=img aria-label='{escape(label)}'>{''.join(inside)}</svg></figure>"


def _figure(lines: Sequence[tuple[str, Sequence[tuple[float, float]], int]], across: str, up: str, level: float) -> str:
    drawn = _axes(across, up)
    drawn.append(f"<line class=axis stroke-dasharray=3 x1={_x(0)} x2={_x(1)} y1={_y(level)} y2={_y(level)} />")
    for n, (name, points, count) in enumerate(lines):
        colour = _COLOURS[n % len(_COLOURS)]
        if points:
            path = " ".join(f"{_x(x)},{_y(y)}" for x, y in points)
            drawn.append(f"<polyline fill=none stroke='{colour}' stroke-width=2 points='{path}' />")
            drawn += [f"<circle cx={_x(x)} cy={_y(y)} r=2.5 fill='{colour}' />" for x, y in points[:: _every(points)]]
        drawn.append(f"<rect x={_x(1) + 10} y={_TOP + 18 * n} width=10 height=10 fill='{colour}' />")
        drawn.append(f"<text x={_x(1) + 25} y={_TOP + 9 + 18 * n}>{escape(name)} (n {count})</text>")
    return _svg(drawn, f"{up} against {across}")


def _every(points: Sequence[tuple[float, float]]) -> int:
    """So that a curve has about forty dots at most."""
    return max(1, len(points) // 40)


def _reliability(found: Sequence[tuple[float, bool]]) -> str:
    drawn = _axes("confidence", "share that is right")
    drawn.append(f"<line class=axis stroke-dasharray=3 x1={_x(0)} x2={_x(1)} y1={_y(0)} y2={_y(1)} />")
    for one in reliability(found):
        x, share = _x(one.confidence), one.right
        drawn.append(f"<line stroke='{_COLOURS[0]}' x1={x} x2={x} y1={_y(share.low)} y2={_y(share.high)} />")
        drawn.append(f"<circle cx={x} cy={_y(share.share)} r=4 fill='{_COLOURS[0]}' />")
        drawn.append(f"<text x={x + 6} y={_y(share.share) - 6}>{share.n}</text>")
    return _svg(drawn, "share that is right against confidence")
