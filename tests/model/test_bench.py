"""The benches of the model client measure something: short laps, no judgement of the numbers."""

import aiohttp

from tests.bench import cache, throughput


async def test_both_ways_to_read_see_the_same_stream(open_model):
    """The tokens that are counted are the tokens that the stand-in sent."""
    async with (
        throughput.paced_server("--per-s", "20000", "--length", "40") as url,
        aiohttp.ClientSession() as session,
    ):
        model, by_8 = open_model(url, stream_interval=1), open_model(url, stream_interval=8)
        for read_one in (
            lambda read: throughput.bare(session, url, read),
            lambda read: throughput.ours(model, read),
            lambda read: throughput.ours(by_8, read),
            lambda read: throughput.langchain(model, read),
        ):
            texts: list[str] = []
            await read_one(texts.append)  # on a new connection: shorter
            texts.clear()
            await read_one(texts.append)
            assert "".join(texts).count(" ") == 40


async def test_a_lap_counts_tokens_and_time(open_model):
    async with throughput.paced_server("--per-s", "2000", "--length", "30") as url:
        model = open_model(url)
        lap = await throughput.lap(lambda read: throughput.ours(model, read), 4, 0.1, 0.5)
    assert lap.per_s > 0
    assert lap.cpu_us > 0


def test_the_ideal_cache_has_all_of_the_turn_before_that_stays_in_the_prompts():
    def turn(tokens: int, *, answered: bool = True) -> cache.Prompt:
        return cache.Prompt(tokens, 0, 21, 0.1, answered=answered)

    talks = [[turn(300), turn(500, answered=False), turn(450)], [turn(200), turn(90)]]
    assert cache.ideal(talks, 150) == [0, 320, 320, 150, 90]
    assert cache.ideal(talks, 150, keep=True) == [0, 320, 450, 150, 90]
