"""What the settings name, made: channels, plugins, and turns at the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.channel import Channel
from bot.web import Web
from engine.admission import Gate
from engine.errors import SettingsError
from engine.plugin import Plugin

if TYPE_CHECKING:
    from engine.config import Loaded
    from engine.model import ModelSettings
    from engine.model.watching import Watch


def channels_of(loaded: Loaded) -> tuple[Channel, ...]:
    """The channels; raises ``SettingsError`` for what is none."""
    channels = []
    for n, channel in enumerate(loaded.channels):
        if not isinstance(channel, Channel):
            raise SettingsError(f"channels[{n}].use: this class is no channel")
        if isinstance(channel, Web) and not channel.workspace:
            channel.workspace = loaded.settings.workspace
        channels.append(channel)
    return tuple(channels)


def gate_of(settings: ModelSettings, *, known: bool) -> tuple[Gate, Watch | None]:
    """Turns at the model: as many at once as its servers take, one where it runs in this process.

    ``known``: it is the one that the settings name.
    """
    if settings.use != "vllm":
        return Gate(at_once=settings.at_once or (1 if known else None)), None
    from engine.model.watching import Watch

    watch = Watch(settings.addresses)
    return Gate(at_once=settings.at_once, look=watch.load), watch


def plugins_of(loaded: Loaded) -> list[Plugin]:
    """The plugins; raises ``SettingsError`` for what is none."""
    plugins = []
    for n, plugin in enumerate(loaded.plugins):
        if not isinstance(plugin, Plugin):
            raise SettingsError(f"plugins[{n}].use: this class is no plugin")
        plugins.append(plugin)
    return plugins


def claimed_by(plugins: Sequence[Plugin]) -> dict[str, str]:
    """The chat commands that these plugins claim, each with what it is for."""
    return {name: about for plugin in plugins for name, about in plugin.commands.items()}
