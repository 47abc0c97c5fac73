"""A model with the shape of an 8B one and no weights: what vLLM reads of a model, for `--load-format dummy`."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

#: The shape of Qwen3-8B, as its makers publish it.
SHAPE: dict[str, Any] = {
    "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_size": 4096, "num_hidden_layers": 36,
    "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 12288,
    "vocab_size": 151936, "max_position_embeddings": 40960, "rope_theta": 1000000, "rms_norm_eps": 1e-6,
    "hidden_act": "silu", "attention_bias": False, "tie_word_embeddings": False, "torch_dtype": "bfloat16",
    "bos_token_id": 0, "eos_token_id": 1,
}  # fmt: skip
TEMPLATE = (
    "{% for message in messages %}<s> {{ message.role }} {{ message.content }} </s> {% endfor %}"
    "{% if add_generation_prompt %}<s> assistant {% endif %}"
)
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
WORDS = ["".join(pair) for pair in itertools.product(SYLLABLES, repeat=2)]


def write_model(folder: Path) -> None:
    """What vLLM reads of a model besides its weights: the shape, and a tokenizer with a word for every number."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit

    longer = ("".join(three) for three in itertools.product(SYLLABLES, repeat=3))
    words = ["<s>", "</s>", "<unk>", "system", "user", "assistant", *WORDS]
    words += itertools.islice(longer, SHAPE["vocab_size"] - len(words))
    tokenizer = Tokenizer(WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "</s>"}
    described = {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": TEMPLATE, **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(described), "utf-8")
    (folder / "config.json").write_text(json.dumps(SHAPE), "utf-8")
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": 1}), "utf-8")
