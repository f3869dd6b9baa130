#!/usr/bin/env python3
"""Runs the PyTorch peer, which is written for the CPU, on the first GPU.

    python3 bench/peer_on_gpu.py PATH/peer_atlop.py speed ...

Tensors are made on the GPU, autocast is the GPU's, and a clock waits until the GPU is done. An
encoder called random-minilm is MiniLM with random weights. The peak is of the GPU's memory.
"""

import json
import runpy
import sys
import time

import torch
import transformers

SIZES = {"random-base": {}, "random-minilm": {"hidden_size": 384, "num_hidden_layers": 6, "intermediate_size": 1536}}


def main():
    arguments = sys.argv[2:]
    place = arguments.index("--encoder") + 1
    sizes = SIZES[arguments[place]]
    arguments[place] = "random-base"
    torch.set_default_device("cuda")

    config = transformers.BertConfig
    transformers.BertConfig = lambda **keys: config(**sizes, **keys)
    autocast = torch.autocast
    torch.autocast = lambda _device, **keys: autocast("cuda", **keys)
    counter, output = time.perf_counter, print

    def waited():
        torch.cuda.synchronize()
        return counter()

    def with_peak(line, **keys):
        output(json.dumps(json.loads(line) | {"peak_gpu_mb": torch.cuda.max_memory_allocated() / 2**20}), **keys)

    time.perf_counter = waited
    __builtins__.print = with_peak
    sys.argv = [sys.argv[1], *arguments]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
