"""What the real server streams and counts, and what of it its prefix cache knew."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from engine.errors import ModelUnavailable, PromptTooLong
from tests.vllm.chat.conftest import TALKATIVE, fresh, written

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]


async def test_an_answer_comes_in_pieces_and_the_last_says_how_it_ended_and_what_it_took(open_model):
    model = open_model(**TALKATIVE, stream_interval=1)

    pieces = await written(model, fresh(), max_tokens=24)

    assert len([piece for piece in pieces if piece.text]) > 8
    assert pieces[-1].finish == "length" and pieces[-1].model == "small"
    assert pieces[-1].usage["completion"] == 24 and pieces[-1].usage["prompt"] > 150
    assert not any(piece.finish or piece.usage for piece in pieces[:-1])


async def test_an_answer_that_the_model_ends_by_itself_is_whole(open_model):
    pieces = await written(open_model(), [HumanMessage("Say hello.")], max_tokens=200)

    assert pieces[-1].finish == "stop"
    assert 0 < pieces[-1].usage["completion"] < 200


async def test_the_server_sends_several_tokens_at_a_time_as_asked_and_the_first_at_once(open_model):
    prompt = fresh()
    one, many = open_model(**TALKATIVE, stream_interval=1), open_model(**TALKATIVE, stream_interval=16)

    single, grouped = [await written(model, prompt, max_tokens=64) for model in (one, many)]

    assert len(grouped) <= 64 // 16 + 4 < len(single)  # a busy server sends late tokens together
    assert len(grouped[0].text) < max(len(piece.text) for piece in grouped) / 3, "the first waited for others"


async def test_the_beginning_that_two_prompts_share_comes_out_of_the_cache(open_model, server):
    model, prompt = open_model(), fresh()
    before = server.metrics()

    first = (await written(model, prompt))[-1].usage
    answer = AIMessage("They are valid for ninety days [1].")
    second = (await written(model, [*prompt, answer, HumanMessage("And who renews them?")]))[-1].usage

    assert first["cached"] == 0
    assert first["prompt"] - 64 <= second["cached"] < second["prompt"]
    after = server.metrics()
    grown = {name: after[f"vllm:prefix_cache_{name}_total"] - before[f"vllm:prefix_cache_{name}_total"]
             for name in ("hits", "queries")}  # fmt: skip
    assert grown["hits"] == second["cached"]
    assert grown["queries"] == first["prompt"] + second["prompt"]


async def test_one_workspace_never_finds_the_prompts_of_another_in_the_cache(open_model):
    """Else the time to the first token would tell what others have asked."""
    model, prompt = open_model(), fresh()

    cached = [(await written(model, prompt, salt=salt))[-1].usage["cached"] for salt in ("acme", "acme", "globex")]

    assert cached[0] == 0 and cached[1] > 150 and cached[2] == 0


async def test_without_salts_all_share_the_cache(open_model):
    model, prompt = open_model(cache_salt=False), fresh()

    cached = [(await written(model, prompt, salt=salt))[-1].usage["cached"] for salt in ("acme", "globex")]

    assert cached[0] == 0 and cached[1] > 150


async def test_a_model_that_is_not_served_is_named_with_those_that_are(open_model):
    with pytest.raises(ModelUnavailable, match=r"no model 'large'; it offers .*small.*: set model\.name"):
        await open_model(name="large").ready()
    with pytest.raises(ModelUnavailable, match=r"large.*model\.name"):
        await written(open_model(name="large"), fresh())


async def test_a_wrong_key_is_said_so(open_model):
    with pytest.raises(ModelUnavailable, match=r"model\.api_key"):
        await written(open_model(api_key="another"), fresh())


async def test_the_window_is_what_the_server_was_started_with(open_model):
    model = open_model()

    assert await model.ready() == "small"
    assert model.window == 8192


async def test_a_prompt_that_does_not_fit_is_told_from_other_refusals(open_model):
    model = open_model()

    with pytest.raises(PromptTooLong):
        await written(model, fresh("word " * 9000))
    assert (await written(model, fresh()))[-1].finish, "the server is well all the same"
