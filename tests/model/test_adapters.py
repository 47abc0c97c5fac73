"""Adapters of a workspace or a plugin, and parameters that a server may not know."""

import pytest

from engine.model import ModelSettings
from tests.model.conftest import PASSAGE, said
from tests.model.replica import Replica


@pytest.fixture
async def server():
    async with Replica(adapters=("acme-tone", "drafts")) as replica:
        replica.know([PASSAGE])
        yield replica


async def asked_for(model, server, **how) -> tuple[str, tuple[str, ...]]:
    """The name in the request, and the notes for the receipt."""
    _, last = await said(model, **how)
    assert last.model == server.requests[-1].body["model"]
    return last.model, last.notes


async def test_an_adapter_writes_for_its_workspace_and_the_model_for_the_others(server, open_model):
    model = open_model(server.url, adapters={"acme": "acme-tone"})
    assert await asked_for(model, server, salt="acme") == ("acme-tone", ())
    assert await asked_for(model, server, salt="globex") == ("fake-7b", ())
    assert await asked_for(model, server) == ("fake-7b", ())


async def test_a_plugins_adapter_goes_before_the_workspaces(server, open_model):
    model = open_model(server.url, adapters={"acme": "acme-tone"})
    assert await asked_for(model, server, salt="acme", adapter="drafts") == ("drafts", ())


async def test_an_adapter_is_never_taken_for_the_model(server, open_model):
    """Though the list of models begins with it."""
    assert await open_model(server.url).ready() == "fake-7b"


async def test_without_its_adapter_the_model_writes_and_the_receipt_says_so(server, open_model):
    name, notes = await asked_for(open_model(server.url), server, adapter="gone")
    assert name == "fake-7b"
    assert notes == ("the adapter gone is not loaded at the model server: fake-7b wrote",)


async def test_an_adapter_that_was_unloaded_meanwhile_is_done_without(server, open_model):
    """The server says 404; the person has their answer all the same."""
    model = open_model(server.url, name="fake-7b")
    assert await asked_for(model, server, adapter="drafts") == ("drafts", ())
    server.adapters.remove("drafts")
    name, notes = await asked_for(model, server, adapter="drafts")
    assert name == "fake-7b"
    assert "drafts" in notes[0]
    assert len(server.violations) == 1
    await asked_for(model, server, adapter="drafts")
    assert len(server.violations) == 1


async def test_an_adapter_that_was_loaded_meanwhile_is_found(server, open_model):
    model = open_model(server.url)
    assert (await asked_for(model, server, adapter="new"))[0] == "fake-7b"
    server.adapters.append("new")
    model.servers.all[0]._listed -= 60  # the list is an old one
    assert await asked_for(model, server, adapter="new") == ("new", ())


async def test_missing_adapters_are_told_with_what_to_do(server, open_model):
    model = open_model(server.url, adapters={"acme": "acme-tone", "globex": "globex-tone"})
    told = await model.faults({"drafts", "letters"})
    assert len(told) == 2
    assert "globex-tone" in told[0]
    assert "letters" in told[1]
    assert "--lora-modules" in told[0]


async def test_langchain_code_can_name_an_adapter(server, open_model):
    message = await open_model(server.url).chat.bind(adapter="drafts").ainvoke("hello")
    assert message.response_metadata["model_name"] == "drafts"


def test_adapters_are_for_a_server():
    with pytest.raises(ValueError, match=r"model\.adapters"):
        ModelSettings(use="local", adapters={"acme": "x"})


# -- tokens in a piece -------------------------------------------------------------------------------------------------


async def test_a_server_is_asked_to_send_several_tokens_at_a_time(server, open_model):
    model = open_model(server.url)
    await said(model)
    assert server.requests[-1].body["stream_interval"] == ModelSettings().stream_interval > 1
    await said(open_model(server.url, stream_interval=1))
    assert "stream_interval" not in server.requests[-1].body


async def test_a_server_that_does_not_know_the_parameter_is_not_asked_again(open_model):
    async with Replica(unknown=("stream_interval",)) as strict:
        strict.know([PASSAGE])
        model = open_model(strict.url)
        for _ in range(3):
            text, last = await said(model)
            assert PASSAGE in text
            assert last.failures == 0
        assert len(strict.violations) == 1


def test_the_parameter_has_its_setting():
    with pytest.raises(ValueError, match="stream_interval"):
        ModelSettings(extra={"stream_interval": 8})


@pytest.mark.parametrize(
    "wrong", [{"urls": ["8000"]}, {"url": "http://a/v1", "urls": ["http://b/v1"]}, {"tries": 0}, {"stream_interval": 0}]
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(reversed(wrong))):
        ModelSettings(**wrong)


def test_an_address_that_stands_twice_is_one_server():
    assert ModelSettings(urls=["http://a/v1/", "http://a/v1"]).addresses == ("http://a/v1",)
