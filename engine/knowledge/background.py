"""What any question has in common with any text: unrelated passages that tell how near is ordinary.

Cosines of one embedder differ by language (the packaged one gives two unrelated Chinese texts .82, English ones .75,
one of each .72; XQuAD), so a similarity says little by itself.  Each question is therefore compared with these texts
too, and a passage is judged by how far it stands above them.
"""

from __future__ import annotations

from engine.knowledge.embed import Embedder, Floats

#: Written for this purpose, about nothing that an organisation's documents are about.
_TEXTS = {
    "en": (
        "The river rises in the hills and reaches the sea after three hundred miles. Otters live along its upper part.",
        "Whisk the eggs with the sugar until they are pale, fold in the flour and bake for forty minutes.",
        "The striker scored twice in the second half, and the home side left the field to long applause.",
        "Bees visit the lavender from early morning; by noon the whole slope hums.",
        "The old king had three daughters, and the youngest of them could speak with birds.",
        "In 1742 the tower was struck by lightning and burnt for two days. It was never built again.",
        "A comet is made of ice and dust; near the sun it grows a tail that may be millions of miles long.",
        "She tuned the cello, waited for the hall to grow quiet, and began with the slow movement.",
        "Sandstone is formed when grains of sand are pressed together over a very long time.",
        "Storms are expected in the north tonight, with snow above eight hundred metres.",
        "The painter mixed his own colours from earth, oil and egg, and signed none of his pictures.",
        "Wolves hunt in packs and can follow a herd for days across the frozen plain.",
    ),
    "zh": (
        "这条河发源于群山之中，流经三百里后注入大海，上游常有水獭出没。",
        "将鸡蛋和白糖打至发白，拌入面粉，放进烤箱烤四十分钟即可。",
        "前锋在下半场连进两球，主队在观众的掌声中离开球场。",
        "清晨，蜜蜂飞到薰衣草丛中，到了中午，整个山坡都是嗡嗡声。",
        "老国王有三个女儿，其中最小的女儿听得懂鸟儿说话。",
        "一七四二年，古塔遭雷击起火，烧了整整两天，此后再也没有重建。",
        "彗星由冰和尘埃组成，靠近太阳时会拖出一条长长的尾巴。",
        "她调好大提琴的琴弦，等大厅安静下来，从慢板乐章开始演奏。",
        "砂岩是沙粒在漫长的岁月中受压胶结而成的岩石。",
        "今夜北部地区将有暴风雨，海拔八百米以上有降雪。",
        "画家用泥土、油和鸡蛋自己调制颜料，他的画上从不署名。",
        "狼群成群捕猎，会在冰封的平原上追踪鹿群好几天。",
    ),
}


class Background:
    """The unrelated texts as vectors, made when first needed."""

    def __init__(self, embedder: Embedder):
        self._embedder = embedder
        self._vectors: dict[str, Floats] = {}

    def open(self) -> None:
        """Embed the texts (0.3 s); calling it again does nothing."""
        if not self._vectors:
            self._vectors = {language: self._embedder.passages(texts) for language, texts in _TEXTS.items()}

    def similarities(self, question: Floats, language: str) -> Floats:
        """Cosines of the question with unrelated texts in ``language``, English ones where there are none in it."""
        self.open()
        found: Floats = self._vectors.get(language, self._vectors["en"]) @ question
        return found
