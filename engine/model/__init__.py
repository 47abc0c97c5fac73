"""Prompt in, streamed text out: the only package that knows a model server."""

from engine.errors import ModelUnavailable, PromptTooLong
from engine.model.contract import Model, Piece
from engine.model.fetch import cache_folder, fetch_local_model
from engine.model.local import LocalModel, lacking
from engine.model.served import ServedModel
from engine.model_settings import ModelSettings

__all__ = [
    "LocalModel",
    "Model",
    "ModelSettings",
    "ModelUnavailable",
    "Piece",
    "PromptTooLong",
    "ServedModel",
    "cache_folder",
    "fetch_local_model",
    "missing",
    "model_of",
]


def model_of(settings: ModelSettings) -> Model | None:
    """The model that the settings name; None when there is none, and the best passages are quoted."""
    if settings.use == "vllm":
        return ServedModel(settings)
    if missing(settings):
        return None
    return LocalModel(settings)


def missing(settings: ModelSettings) -> str:
    """Why ``model_of`` gives None, and what to do; empty when there is a model."""
    if settings.use == "none":
        return 'model.use is "none": the best passages are quoted.'
    return lacking(settings) if settings.use == "local" else ""
