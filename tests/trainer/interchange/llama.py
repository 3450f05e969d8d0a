#!/usr/bin/env python3
"""Llama in PyTorch, written from its definition, reading config.json and model.safetensors by itself: an independent
check of what Dure exports.

  llama.py PROGRAM             runs PROGRAM FOLDER (export_sample), then checks each sample that it wrote
  llama.py --tokens 1,5,9 DIR  prints the greedy continuation of a text by an exported model

Logits must agree to 1e-4 and greedy continuations token by token. Exits 77 where there is no PyTorch (python3-torch).
"""
import argparse
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    import torch
except ModuleNotFoundError:
    debian = "/usr/bin/python3"  # python3-torch is installed for Debian's own Python only
    if os.path.exists(debian) and os.path.realpath(sys.executable) != os.path.realpath(debian):
        os.execv(debian, [debian, *sys.argv])
    print("skipped: no PyTorch here (apt-get install python3-torch)")
    sys.exit(77)

TOLERANCE = 1e-4
CONTINUED = 20
DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I32": torch.int32, "I64": torch.int64}


def read_safetensors(path):
    raw = path.read_bytes()
    (length,) = struct.unpack_from("<Q", raw)
    header = json.loads(raw[8:8 + length])
    data = bytearray(raw[8 + length:])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        count = math.prod(entry["shape"])
        flat = torch.frombuffer(data, dtype=DTYPES[entry["dtype"]], count=count, offset=begin)
        assert flat.element_size() * count == end - begin
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def frequencies(config):
    size = config["head_dim"]
    base = config["rope_theta"] ** -(torch.arange(0, size, 2, dtype=torch.float64) / size)
    scaling = config.get("rope_scaling")
    if not scaling:
        return base
    kind = scaling.get("rope_type", scaling.get("type"))
    if kind == "linear":
        return base / scaling["factor"]
    assert kind == "llama3", kind
    context = scaling["original_max_position_embeddings"]
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    wavelength = 2 * math.pi / base
    smooth = ((context / wavelength - low) / (high - low)).clamp(0, 1)
    return (1 - smooth) * base / scaling["factor"] + smooth * base


def norm(x, gain, epsilon):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon) * gain


def rotate(x, angles):  # x [tokens, heads, head_dim]
    half = x.shape[-1] // 2
    cos, sin = angles.cos()[:, None, :].float(), angles.sin()[:, None, :].float()
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


def forward(config, weights, tokens):
    """Logits [tokens, vocab] of one sequence."""
    heads, groups, size = config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]
    epsilon = config["rms_norm_eps"]
    count = len(tokens)
    angles = torch.arange(count, dtype=torch.float64)[:, None] * frequencies(config)[None, :]
    mask = torch.full((count, count), -math.inf).triu(1)
    x = weights["model.embed_tokens.weight"][tokens.long()]
    for layer in range(config["num_hidden_layers"]):
        def w(name):
            return weights[f"model.layers.{layer}.{name}.weight"]
        n = norm(x, w("input_layernorm"), epsilon)
        q = rotate((n @ w("self_attn.q_proj").T).view(count, heads, size), angles)
        k = rotate((n @ w("self_attn.k_proj").T).view(count, groups, size), angles)
        v = (n @ w("self_attn.v_proj").T).view(count, groups, size)
        k = k.repeat_interleave(heads // groups, 1)
        v = v.repeat_interleave(heads // groups, 1)
        scores = torch.einsum("qhd,khd->hqk", q, k) / math.sqrt(size) + mask
        attended = torch.einsum("hqk,khd->qhd", scores.softmax(-1), v).reshape(count, heads * size)
        x = x + attended @ w("self_attn.o_proj").T
        n = norm(x, w("post_attention_layernorm"), epsilon)
        x = x + (torch.nn.functional.silu(n @ w("mlp.gate_proj").T) * (n @ w("mlp.up_proj").T)) @ w("mlp.down_proj").T
    head = "model.embed_tokens.weight" if config["tie_word_embeddings"] else "lm_head.weight"
    return norm(x, weights["model.norm.weight"], epsilon) @ weights[head].T


def greedy(config, weights, tokens, count):
    for _ in range(count):
        logits = forward(config, weights, tokens)[-1]
        in_use = config.get("dure", {}).get("active_vocab", len(logits))
        tokens = torch.cat([tokens, logits[:in_use].argmax()[None].to(tokens.dtype)])
    return tokens[-count:]


def load(folder):
    config = json.loads((folder / "config.json").read_text())
    return config, {name: tensor.float() for name, tensor in read_safetensors(folder / "model.safetensors").items()}


def check(folder):
    config, weights = load(folder)
    expected = read_safetensors(folder / "expected.safetensors")
    wanted = expected["logits"]
    logits = forward(config, weights, expected["tokens"])[:, :wanted.shape[1]]
    difference = (logits - wanted).abs().max().item()
    continuation = greedy(config, weights, expected["tokens"], len(expected["greedy"]))
    same = torch.equal(continuation, expected["greedy"])
    print(f"{folder.name:16} logits within {wanted.abs().max().item():.2f} differ by at most {difference:.1e}, "
          f"{len(continuation)} greedy tokens {'agree' if same else 'DIFFER'}")
    return difference <= TOLERANCE and same


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tokens", help="ids of a text to continue, with commas between them")
    parser.add_argument("path", type=pathlib.Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.tokens:
        text = torch.tensor([int(token) for token in arguments.tokens.split(",")])
        print(",".join(str(token) for token in greedy(*load(arguments.path), text, CONTINUED).tolist()))
        return 0
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([str(arguments.path.resolve()), name], check=True)
        samples = sorted(pathlib.Path(name).iterdir())
        results = [check(folder) for folder in samples]
    print(f"{sum(results)} of {len(results)} samples agree")
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    with torch.no_grad():
        sys.exit(main())
