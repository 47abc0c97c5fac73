"""Settings: read from TOML, secrets from the environment, unknown keys refused with the nearest known one."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from engine.errors import SettingsError
from engine.finding_settings import FindingSettings
from engine.model_settings import ModelSettings
from engine.plugin import load as load_class
from engine.tool_settings import ToolServer

_ENVIRONMENT = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
#: Without [[plugins]] in the settings.
DEFAULT_PLUGINS = ("plugins.faq:Faq", "plugins.drafting:Drafting", "plugins.snippets:Snippets")

M = TypeVar("M", bound=BaseModel)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(_Table):
    """``path``: the folder of the SQLite file and the index; relative to where the command is run."""

    path: Path = Path("var")


class DatabaseSettings(_Table):
    """``url``: empty for SQLite under ``data.path``, else ``postgresql+psycopg://...``."""

    url: SecretStr = SecretStr("")

    @field_validator("url")
    @classmethod
    def _is_known(cls, url: SecretStr) -> SecretStr:
        if not re.match(r"postgresql\+psycopg://.|sqlite://|\$|$", url.get_secret_value()):
            raise ValueError("write postgresql+psycopg://user:password@host/name, or leave it out for SQLite")
        return url


class AuditSettings(_Table):
    """How the audit is signed and watched.

    ``key``: signs it, the same for all workers; empty: a key of its own, kept in ``data.path/audit.key``.  ``tell``:
    the room or person (id) that is told each day how many rows there are and what the last one is; empty: the log
    alone.
    """

    key: SecretStr = SecretStr("")
    tell: str = ""


class HealthSettings(_Table):
    """``listen``: where /healthz, /readyz and /metrics are served; empty: nowhere."""

    listen: str = ""


class McpSettings(_Table):
    """Where other agents ask, through MCP; each needs a token (``frontdesk mcp token new``).

    ``listen``: where ``/mcp`` is served; empty: nowhere.  ``hosts``: names besides this machine's that it is reached
    by, behind a proxy with TLS.
    """

    listen: str = ""
    hosts: tuple[str, ...] = ()


class Desk(_Table):
    """How the desk works.

    ``concurrency``: how many conversations are worked on at the same time; ``lease_s``: after how many seconds
    another worker takes over from one that fell silent; ``give_up_s``: after how many seconds an unanswered question
    goes to a person; ``share``: whether somebody who got an answer that only they may see may put it before the others.
    """

    concurrency: int = Field(default=64, ge=1)
    lease_s: float = Field(default=30.0, ge=1)
    give_up_s: float = Field(default=900.0, ge=1)
    share: bool = True


class AttachmentSettings(_Table):
    """Files that come with a question, which are read for it and kept nowhere.

    ``tokens``: so much of them, all together, goes into the prompt (None: 2,000 for a server and 400 for the local
    model; 0: none is read); ``files``: so many of one message are read.
    """

    tokens: int | None = Field(default=None, ge=0, le=100_000)
    files: int = Field(default=5, ge=1, le=20)


class KnowledgeSettings(FindingSettings):
    """How documents are fetched from the web; how they are found stands in ``FindingSettings``.

    ``allow_hosts``: ``host`` or ``host:port``, exactly as in the address, of documentation that stands at addresses
    which are not public or at unusual ports: nothing else there is ever connected to.  ``crawl_pages``: a crawl ends
    after so many pages, ``crawl_depth``: follows so many links in a row; ``sitemap_pages``: so many pages of a sitemap
    are loaded; ``pause_s``: seconds between two requests to one host.
    """

    allow_hosts: tuple[str, ...] = ()
    crawl_pages: int = Field(default=500, ge=1, le=100_000)
    crawl_depth: int = Field(default=5, ge=0, le=100)
    sitemap_pages: int = Field(default=5_000, ge=1, le=100_000)
    pause_s: float = Field(default=0.5, ge=0, le=60)

    @field_validator("allow_hosts")
    @classmethod
    def _are_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not re.fullmatch(r"(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?", host):
                raise ValueError(f'{host!r} is no host: write "wiki.intern", "wiki.intern:8443" or "[fd00::7]:8443"')
        return hosts


class Settings(_Table):
    """The whole of ``frontdesk.toml``.  ``workspace`` is used where a platform names none."""

    workspace: str = Field(default="main", min_length=1)
    data: Data = Data()
    database: DatabaseSettings = DatabaseSettings()
    model: ModelSettings = Field(default_factory=lambda: ModelSettings.model_validate({}))
    desk: Desk = Desk()
    attachments: AttachmentSettings = AttachmentSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    audit: AuditSettings = AuditSettings()
    health: HealthSettings = HealthSettings()
    tools: tuple[ToolServer, ...] = ()
    mcp: McpSettings = McpSettings()
    channels: tuple[dict[str, Any], ...] = ()
    plugins: tuple[dict[str, Any], ...] = tuple({"use": name} for name in DEFAULT_PLUGINS)


def by_name(settings: Settings) -> dict[str, str]:
    """Each setting's value as JSON, by its name (``model.url``, ``channels[0].admins``); secrets as they are."""
    found: dict[str, str] = {}

    def walk(name: str, value: Any) -> None:
        if isinstance(value, BaseModel):
            value = {field: getattr(value, field) for field in type(value).model_fields}
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{name}.{key}" if name else str(key), inner)
        elif isinstance(value, tuple | list) and any(isinstance(one, dict | BaseModel) for one in value):
            for number, inner in enumerate(value):
                walk(f"{name}[{number}]", inner)
        else:
            plain = value.get_secret_value() if isinstance(value, SecretStr) else value
            found[name] = json.dumps(plain, default=str, ensure_ascii=False)

    walk("", settings)
    return found


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, the parts that they name, and what is still missing.

    ``missing`` maps settings to environment variables that are not set; ``secrets`` are values that must appear
    nowhere (logs, output, errors).
    """

    settings: Settings
    channels: tuple[BaseModel, ...]
    plugins: tuple[BaseModel, ...]
    missing: Mapping[str, str]
    secrets: tuple[str, ...]
    file: Path | None

    def require(self, *tables: str) -> None:
        """Raise ``SettingsError`` when an environment variable that these tables need is not set."""
        for setting, variable in self.missing.items():
            if setting.startswith(tables):
                raise SettingsError(
                    f"the environment variable {variable} is not set (setting {setting}): "
                    f"export {variable}=... or take the setting out"
                )


def find(given: Path | None, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The settings file: the one given, else $FRONTDESK_CONFIG, else ./frontdesk.toml where there is one."""
    if given:
        return given
    if environment.get("FRONTDESK_CONFIG"):
        return Path(environment["FRONTDESK_CONFIG"])
    here = Path("frontdesk.toml")
    return here if here.exists() else None


def load(file: Path | None, environment: Mapping[str, str] = os.environ) -> Loaded:
    """Read and check a settings file (None: the embedded defaults).

    Raises ``SettingsError`` with one line that says which setting is wrong and what to write.
    """
    data: dict[str, Any] = {}
    if file:
        try:
            data = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise SettingsError(f"there is no settings file {file}: frontdesk init writes one") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
            raise SettingsError(f"{file} is not TOML: {e}") from None
        except OSError as e:
            raise SettingsError(f"{file} cannot be read: {e.strerror}") from None
    missing: dict[str, str] = {}
    secrets: list[str] = []
    resolved = _resolve(data, "", environment, missing, secrets)
    settings = _validated(Settings, resolved, "")
    return Loaded(
        settings,
        _parts(settings.channels, "channels"),
        _parts(settings.plugins, "plugins"),
        missing,
        tuple(sorted(set(secrets), key=len, reverse=True)),
        file,
    )


def _parts(tables: tuple[dict[str, Any], ...], kind: str) -> tuple[BaseModel, ...]:
    """The channels or plugins that the settings name, with their settings."""
    parts = []
    for n, table in enumerate(tables):
        where = f"{kind}[{n}]"
        use = table.get("use")
        if not isinstance(use, str):
            raise SettingsError(f'{where} needs use = "module:Class"')
        parts.append(made(use, {k: v for k, v in table.items() if k != "use"}, where))
    return tuple(parts)


def made(use: str, values: Mapping[str, Any], where: str) -> BaseModel:
    """The channel or plugin ``module:Class`` with these settings; ``where`` they stand, for the error."""
    return _validated(load_class(use, f"{where}.use"), values, where, ("use",))


def _resolve(value: Any, at: str, environment: Mapping[str, str], missing: dict[str, str], secrets: list[str]) -> Any:
    """Values that are ``$NAME`` as a whole, read from the environment."""
    if isinstance(value, dict):
        return {k: _resolve(v, f"{at}.{k}" if at else k, environment, missing, secrets) for k, v in value.items()}
    if isinstance(value, list):
        return [_resolve(v, f"{at}[{n}]", environment, missing, secrets) for n, v in enumerate(value)]
    name = _ENVIRONMENT.fullmatch(value) if isinstance(value, str) else None
    if not name:
        return value
    found = environment.get(name[1], "")
    if found:
        secrets.append(found)
        return found
    missing[at] = name[1]  # the name itself stands in until it is needed: see Loaded.require
    return value


def _validated(model: type[M], data: Mapping[str, Any], where: str, extra: tuple[str, ...] = ()) -> M:
    """The model made from data, or a ``SettingsError`` in words."""
    try:
        return model.model_validate(data)
    except ValidationError as e:
        problems = e.errors(include_input=False, include_url=False)
        problem = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])  # it explains the others
        path = [str(p) for p in problem["loc"]]
        name = re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", ".".join(filter(None, [where, *path])))
        if problem["type"] == "extra_forbidden":
            known = [*_fields(model, path[:-1]), *(extra if len(path) == 1 else ())]
            near = difflib.get_close_matches(path[-1], known, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"known are: {', '.join(sorted(known))}"
            raise SettingsError(f"unknown setting {name}: {hint}") from None
        raise SettingsError(f"setting {name}: {problem['msg']}") from None


def _fields(model: type[BaseModel], path: list[str]) -> list[str]:
    """The names that are known at this place."""
    for part in path:
        if part.isdecimal():  # which of several tables
            continue
        field = model.model_fields.get(part)
        kinds = [] if field is None else [field.annotation, *get_args(field.annotation)]
        inner = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)
