"""What any question has in common with any text: unrelated passages that tell how near is ordinary.

Cosines of one embedder differ by language (the packaged one gives two unrelated Chinese texts .82, English ones .75,
one of each .72; XQuAD), so a similarity says little by itself.  Each question is therefore compared with these texts
too, and a passage is judged by how far it stands above them.  The texts are embedded by each embedder that is in use;
the thresholds that are compared with the result were fitted on the packaged one (gate.py).
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
    "ja": (
        "この川は山あいに源を発し、三百マイルを流れて海に注ぎます。上流にはカワウソがすんでいます。",
        "卵と砂糖を白くなるまで泡立て、小麦粉を混ぜて四十分焼きます。",
        "後半にフォワードが二点を決め、地元のチームは拍手の中でピッチを後にしました。",
        "昔の王様には三人の娘がいて、末の娘は鳥と話すことができました。",
        "彗星は氷と塵からできていて、太陽に近づくと長い尾を引きます。",
        "今夜は北部で嵐となり、標高八百メートル以上では雪が降るでしょう。",
    ),
    "ko": (
        "이 강은 산속에서 시작하여 삼백 마일을 흘러 바다에 이르며 상류에는 수달이 산다.",
        "달걀과 설탕을 하얗게 될 때까지 저은 뒤 밀가루를 섞어 사십 분 동안 굽는다.",
        "후반전에 공격수가 두 골을 넣었고 홈팀은 박수를 받으며 경기장을 떠났다.",
        "옛날 임금에게는 세 딸이 있었는데 막내딸은 새와 이야기할 수 있었다.",
        "혜성은 얼음과 먼지로 이루어져 있으며 태양에 가까워지면 긴 꼬리가 생긴다.",
        "오늘 밤 북부에는 폭풍이 불고 해발 팔백 미터 위에는 눈이 내리겠다.",
    ),
    "ru": (
        "Река берёт начало в горах и через триста миль впадает в море. В её верховьях живут выдры.",
        "Взбейте яйца с сахаром добела, добавьте муку и выпекайте сорок минут.",
        "Нападающий забил два гола во втором тайме, и хозяева ушли с поля под аплодисменты.",
        "У старого короля было три дочери, и младшая из них умела говорить с птицами.",
        "Комета состоит из льда и пыли; вблизи Солнца у неё вырастает длинный хвост.",
        "Сегодня ночью на севере ожидается буря, выше восьмисот метров выпадет снег.",
    ),
}


class Background:
    """The unrelated texts as vectors, made when first needed.  Its methods block."""

    def __init__(self, embedder: Embedder):
        self._embedder = embedder
        self._vectors: dict[str, Floats] = {}

    def open(self) -> None:
        """Load the embedder, and embed the texts of the two usual languages (0.3 s)."""
        self._embedder.open()
        for language in ("en", "zh"):
            self._of(language)

    def similarities(self, question: Floats, language: str) -> Floats:
        """Cosines of the question with unrelated texts in ``language``.

        Where there are none in it, with those that are nearest to the question: too strict rather than too lax.
        """
        if language in _TEXTS:
            found: Floats = self._of(language) @ question
            return found
        return max((self._of(name) @ question for name in ("en", "zh")), key=lambda cosines: float(cosines.mean()))

    def _of(self, language: str) -> Floats:
        if language not in self._vectors:
            self._vectors[language] = self._embedder.passages(_TEXTS[language])
        return self._vectors[language]
