"""python gguf_blocks.py OUT.safetensors : random blocks of GGUF's quantised formats and what the package gguf makes of them.

For each format FORMAT.bytes [blocks, bytes of a block] and FORMAT.values [blocks, values of a block], float32. All bits of a block are
random but those of its fp16 scales, which stay finite and of a usual size. The reading of these formats is compared bit for bit with
this file: src/test/resources/gguf/blocks.safetensors. Also Q8_0.source [blocks, 32]: numbers that Q8_0.bytes was made from.
"""
import sys

import numpy as np
from gguf import GGMLQuantizationType as Type, dequantize, quantize
from gguf.constants import GGML_QUANT_SIZES
from safetensors.numpy import save_file

BLOCKS = 5
# where a block has fp16 scales
SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2],
          "Q5_K": [0, 2], "Q6_K": [208]}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    rng, out = np.random.default_rng(6), {}
    for name, places in SCALES.items():
        size = GGML_QUANT_SIZES[Type[name]][1]
        blocks = rng.integers(0, 256, (BLOCKS, size), dtype=np.uint8)
        for at in places:
            blocks[:, at:at + 2] = rng.normal(0, 0.02, (BLOCKS, 1)).astype(np.float16).view(np.uint8)
        out[name + ".bytes"] = blocks
        out[name + ".values"] = np.ascontiguousarray(dequantize(blocks, Type[name]), dtype=np.float32)
    source = rng.normal(0, 1, (BLOCKS, 32)).astype(np.float32)
    source[1] = 0
    source[2, :] = np.linspace(-127, 127, 32, dtype=np.float32).round() / 2
    out["Q8_0.source"] = source
    out["Q8_0.bytes"] = quantize(source, Type.Q8_0)
    out["Q8_0.values"] = dequantize(out["Q8_0.bytes"], Type.Q8_0)
    save_file(out, sys.argv[1])


if __name__ == "__main__":
    main()
