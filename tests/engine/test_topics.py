"""Questions that ask alike come together, in both languages, and always the same way."""

import numpy as np

from engine.topics import topics
from tests.encoders import packaged

ASKED = [
    "How do I renew my VPN certificate?",
    "Where may I park my bike?",
    "如何更新 VPN 证书？",
    "VPN certificate expired, how to renew it?",
    "Is there a place to park bikes?",
    "hi, where may I park my bike please",
    "Who won the cup?",
]


def test_topics_cross_languages_and_are_the_same_every_time():
    embedder = packaged()
    vectors = embedder.common(embedder.queries(ASKED))
    found = topics(ASKED, vectors, 0.6)
    assert [set(topic.members) for topic in found] == [{0, 2, 3}, {1, 4, 5}, {6}]
    assert "vpn" in found[0].terms
    assert topics(ASKED, vectors, 0.6) == found


def test_without_vectors_the_same_words_are_one_topic():
    found = topics(ASKED, np.zeros((len(ASKED), 1), np.float32), np.inf)
    assert found[0].members == (1, 5)
    assert len(found) == len(ASKED) - 1
    assert topics([], np.zeros((0, 1), np.float32), np.inf) == []
