"""Which packages code needs that do not come with its language."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from typing import Final

from engine.code.parsing import Parsed, nodes, text_of

#: Packages of Python that are called otherwise than what is imported.
_CALLED: Final = {
    "PIL": "Pillow", "yaml": "PyYAML", "cv2": "opencv-python", "sklearn": "scikit-learn", "bs4": "beautifulsoup4",
    "dotenv": "python-dotenv", "dateutil": "python-dateutil", "jwt": "PyJWT", "serial": "pyserial",
    "docx": "python-docx",
    "pptx": "python-pptx", "Crypto": "pycryptodome", "MySQLdb": "mysqlclient", "psycopg2": "psycopg2-binary",
    "discord": "discord.py", "slack_sdk": "slack-sdk", "slack_bolt": "slack-bolt", "OpenSSL": "pyOpenSSL",
    "magic": "python-magic",
}  # fmt: skip
_NODE: Final = frozenset(
    ["assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram", "dns",
    "domain",
     "events", "fs", "http", "http2", "https", "inspector", "module", "net", "os", "path", "perf_hooks", "process",
     "punycode",
     "querystring", "readline", "repl", "stream", "string_decoder", "sys", "timers", "tls", "tty", "url", "util",
     "v8", "vm",
     "worker_threads", "zlib", "test"]
)  # fmt: skip
_RUBY: Final = frozenset(
    ["json", "net", "uri", "set", "time", "date", "csv", "yaml", "optparse", "fileutils", "securerandom", "digest",
    "openssl",
     "open-uri", "open3", "tempfile", "logger", "ostruct", "erb", "benchmark", "bigdecimal", "forwardable", "socket",
     "stringio",
     "zlib", "base64", "pp", "English", "singleton", "timeout", "pathname", "shellwords", "minitest", "monitor",
     "matrix", "prime"]
)  # fmt: skip


def packages_of(parsed: Parsed, known: str = "") -> tuple[str, ...]:
    """The packages, in the order of their imports; not those that ``known`` (the pages that were shown) names."""
    if parsed.python:
        found = _python(parsed.python)
    else:
        found = {
            "javascript": _javascript, "typescript": _javascript, "tsx": _javascript, "go": _go, "java": _java,
            "kotlin": _java, "rust": _rust, "ruby": _ruby,
        }.get(parsed.language.name, _none)(parsed)  # fmt: skip
    named = [name for name in dict.fromkeys(found) if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", known)]
    return tuple(named[:8])


def _python(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [node.module]
        for name in names:
            root = name.split(".")[0]
            if root not in sys.stdlib_module_names:
                yield _CALLED.get(root, root)


def _javascript(parsed: Parsed) -> Iterator[str]:
    for node in nodes(parsed):
        source = None
        if node.type in {"import_statement", "export_statement"}:
            source = node.child_by_field_name("source")
        elif node.type == "call_expression" and text_of(node.child_by_field_name("function")) in {"require", "import"}:
            given = node.child_by_field_name("arguments")
            source = given.named_children[0] if given and given.named_children else None
        name = text_of(source).strip("\"'`") if source is not None and "string" in source.type else ""
        if name and not name.startswith((".", "/", "node:", "#", "http")):
            parts = name.split("/")
            root = "/".join(parts[:2]) if name.startswith("@") else parts[0]
            if root not in _NODE:
                yield root


def _go(parsed: Parsed) -> Iterator[str]:
    for node in nodes(parsed):
        if node.type == "import_spec":
            path = text_of(node.child_by_field_name("path")).strip('"`')
            if "." in path.split("/")[0]:
                yield path


def _java(parsed: Parsed) -> Iterator[str]:
    for node in nodes(parsed):
        if node.type in {"import_declaration", "import_header", "import"} and node.child_count > 1:
            name = re.sub(r"^\s*import\s+(?:static\s+)?|\s*;?\s*$", "", text_of(node)).split()[0:1]
            if name and not re.match(r"(?:java|javax|jdk|sun|kotlin)\b", name[0]):
                yield ".".join(name[0].split(".")[:3])


def _rust(parsed: Parsed) -> Iterator[str]:
    inside = {text_of(node.child_by_field_name("name")) for node in nodes(parsed) if node.type == "mod_item"}
    for node in nodes(parsed):
        if node.type in {"use_declaration", "extern_crate_declaration"}:
            root = re.match(r"(?:pub\s+)?(?:use|extern\s+crate)\s+(?:::)?([A-Za-z_]\w*)", text_of(node))
            if root and root[1] not in {"std", "core", "alloc", "crate", "self", "super", *inside}:
                yield root[1]


def _ruby(parsed: Parsed) -> Iterator[str]:
    for node in nodes(parsed):
        if node.type == "call" and text_of(node.child_by_field_name("method")) == "require":
            given = node.child_by_field_name("arguments")
            name = text_of(given).strip("()\"' ") if given else ""
            if name and name.split("/")[0] not in _RUBY:
                yield name.split("/")[0]


def _none(parsed: Parsed) -> Iterator[str]:
    del parsed
    yield from ()
