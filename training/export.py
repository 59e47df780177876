#!/usr/bin/env python3
"""Calibrates the fine-tuned judge and writes voicecoach/judge/model/: ONNX int8, labels, tokenizer with the words that matter.

The temperature is chosen on the situations for choosing; from which chance to be right a verdict is told, on these and on the
situations held out, by cross-validation: the few errors among sure verdicts are too few to count on less.
"""

import argparse
import json
import re
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from encoder import base_folder
from onnxruntime.quantization import QuantType, quantize_dynamic
from replies import read_situations, split
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from tokenizers import Tokenizer
from train import ACTS, BEGIN, END, MAX_PROSPECT, MAX_TOKENS, PAD, VERDICTS, Judge, batch, encode, tokenizer_of

from voicecoach.events import Side
from voicecoach.judge import sure
from voicecoach.judge.trained import KINDS, TrainedJudge

HERE = Path(__file__).parent
TARGET = HERE.parent / "voicecoach" / "judge" / "model"
RIGHT = 0.98
"""Part of the replies not left unclear that must be right, at the highest coverage that allows."""
RIGHT_IN_CALLS = 0.96
"""The same while a call goes on: there an unclear reply has to be said again, which costs the rep more than it costs a file."""
FOLDS = 10
"""The threshold is chosen on chances that each tenth of the replies held out, and of those for choosing, got from the rest."""
PENALTY = 3.0
EVENED = 0.8
"""How much of the unevenness of the channels goes from the inputs to the weights (docs/decisions/0006)."""
EVENED_ON = 512
"""Training replies on which it is seen how large the channels get."""
COMMON = 9_000
"""First words of the encoder's table that are always kept: it is sorted by how common they are."""


def kept_words(tokenizer: Tokenizer) -> list[int]:
    """Return the ids kept: special ones, pieces, the common words, and all that the labelled replies use."""
    vocabulary = tokenizer.get_vocab()
    used = {i for reply in read_situations() for text in (reply.prospect, reply.rep) for i in tokenizer.encode(text).ids}
    short = {i for word, i in vocabulary.items() if len(word.removeprefix("##")) <= 2 and word.isascii()}
    plain = {i for word, i in vocabulary.items() if i < COMMON + 1000 and re.fullmatch(r"(##)?[a-z0-9']+", word)}
    special = {BEGIN, PAD, END, vocabulary["[UNK]"]}
    return sorted(used | short | plain | special)


def smaller(tokenizer: Tokenizer, kept: list[int]) -> Tokenizer:
    """Return the tokenizer with the kept words alone; the ids are their places in `kept`."""
    whole = json.loads(tokenizer.to_str())
    place = {old: new for new, old in enumerate(kept)}
    whole["model"]["vocab"] = {word: place[i] for word, i in whole["model"]["vocab"].items() if i in place}
    whole["added_tokens"] = [{**one, "id": place[one["id"]]} for one in whole["added_tokens"] if one["id"] in place]
    whole["post_processor"] = None
    return Tokenizer.from_str(json.dumps(whole))


class Evened(torch.nn.Module):
    """A layer whose inputs are divided, and whose weights are multiplied, channel by channel: the same sums.

    Eight bits give all channels of a reply one step, which the largest of them sets; some are thirty times as large as the
    middle one (SmoothQuant, Xiao et al. 2023; measured in docs/decisions/0006).
    """

    def __init__(self, layer: torch.nn.Linear, largest: torch.Tensor) -> None:
        """`largest` (inputs,): how large each input was on some replies."""
        super().__init__()
        by = largest**EVENED / layer.weight.abs().amax(0) ** (1 - EVENED)
        self.register_buffer("over", by.mean() / by)
        self.layer = layer
        self.layer.weight.data = layer.weight.data / self.over

    def forward(self, hidden):
        """Return what the layer makes of it."""
        return self.layer(hidden * self.over)


def evened(model: Judge, rows: list[dict[str, torch.Tensor]]) -> Judge:
    """Even the channels of the widest layers, after how large they were on some batches."""
    largest: dict[torch.nn.Module, torch.Tensor] = {}

    def look(layer: torch.nn.Module, given: tuple[torch.Tensor], _: torch.Tensor) -> None:
        here = given[0].abs().amax((0, 1))
        largest[layer] = torch.maximum(largest.get(layer, here), here)

    wide = [part for layer in model.encoder.encoder.layer for part in (layer.intermediate, layer.output)]
    hooks = [part.dense.register_forward_hook(look) for part in wide]
    with torch.no_grad():
        for one in rows:
            model(one["ids"], one["mask"], one["kinds"])
    for hook in hooks:
        hook.remove()
    for part in wide:
        part.dense = Evened(part.dense, largest[part.dense])
    return model


def export(model: Judge, path: Path) -> None:
    """Write the model as ONNX, int8."""
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        example = (torch.full((2, 12), 5), torch.ones((2, 12), dtype=torch.long), torch.ones((2, 12), dtype=torch.long))
        names = ["ids", "mask", "kinds"]
        torch.onnx.export(
            model,
            example,
            str(whole),
            input_names=names,
            output_names=["verdict", "shows", "parts"],
            dynamic_axes={name: {0: "n", 1: "t"} for name in [*names, "parts"]} | {"verdict": {0: "n"}, "shows": {0: "n"}},
            opset_version=17,
            dynamo=False,
        )
        onnx.save(onnx.load(whole), whole)
        # All eight bits: seven cost one verdict in a hundred. What a processor needs that overflows in them, `judge/trained.py` asks for.
        quantize_dynamic(whole, path, weight_type=QuantType.QInt8, per_channel=True, reduce_range=False)


def write_probe(path: Path) -> None:
    """Write a product of the largest eight-bit numbers, by which the judge sees whether a processor overflows in them."""
    largest = onnx.numpy_helper.from_array(np.full((64, 32), 127, np.int8), "b")
    given = onnx.helper.make_tensor_value_info("a", onnx.TensorProto.UINT8, [4, 64])
    made = onnx.helper.make_tensor_value_info("products", onnx.TensorProto.INT32, [4, 32])
    node = onnx.helper.make_node("MatMulInteger", ["a", "b"], ["products"])
    graph = onnx.helper.make_graph([node], "products", [given], [made], [largest])
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8), path)


def main() -> None:
    """Export."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--made", type=Path, default=HERE / "made" / "judge-1.pt")
    ask.add_argument("--label", default="judge-7")
    asked = ask.parse_args()
    model = Judge()
    model.load_state_dict(torch.load(asked.made, weights_only=True))
    tokenizer = tokenizer_of(base_folder())
    some = encode(tokenizer, split()["train"][:EVENED_ON])
    evened(model.eval(), [batch(some[i : i + 64]) for i in range(0, len(some), 64)])
    kept = kept_words(tokenizer)
    table = model.encoder.embeddings.word_embeddings
    model.encoder.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(table.weight[kept])
    TARGET.mkdir(parents=True, exist_ok=True)
    export(model, TARGET / "judge.onnx")
    write_probe(TARGET / "products.onnx")
    small = smaller(tokenizer, kept)
    small.save(str(TARGET / "tokenizer.json"), pretty=False)
    settings = {
        "label": asked.label,
        "verdicts": VERDICTS,
        "acts": ACTS,
        "begin": kept.index(BEGIN),
        "end": kept.index(END),
        "max_prospect_tokens": MAX_PROSPECT,
        "max_tokens": MAX_TOKENS,
    }
    calibrate(settings)
    print(len(kept), "words;", (TARGET / "judge.onnx").stat().st_size, "bytes")


def calibrate(settings: dict[str, object]) -> None:
    """Choose the temperature and from which chance to be right a verdict is told; write all settings."""
    path = TARGET / "judge.json"
    path.write_text(json.dumps(settings | {"temperature": 1.0, "abstains_under": 0.0, "abstains_in_calls_under": 0.0, "sure": {}}), encoding="utf-8")
    judge = TrainedJudge()
    parts = split()
    replies = parts["choosing"] + parts["held_out"]
    read = [(reply, judge.read(Side(reply.side), reply.prospect, reply.rep)) for reply in replies]
    read = [(reply, windows) for reply, windows in read if windows]
    logits = np.array([windows[0].verdicts for _, windows in read])
    truth = np.array([VERDICTS.index(reply.verdict) for reply, _ in read])
    right = logits.argmax(1) == truth
    chosen = np.array([reply.part == "choosing" for reply, _ in read])
    heat = temperature(logits[chosen], truth[chosen])
    given = []
    for reply, (reading, *_) in read:
        chances = np.exp((reading.verdicts - reading.verdicts.max()) / heat)
        acts = dict(zip(ACTS, reading.acts.tolist(), strict=True))
        given.append(sure.inputs(KINDS, chances / chances.sum(), acts, reply.side == "away", len(reply.rep.split())))
    given = np.array(given)
    fold = np.random.default_rng(1).integers(0, FOLDS, len(right))
    chances = np.zeros(len(right))
    for one in range(FOLDS):
        model = fitted(given[fold != one], right[fold != one])
        chances[fold == one] = [sure.chance_right(row, model) for row in given[fold == one]]
    settings |= {"temperature": heat, "sure": fitted(given, right)}
    print(f"temperature {heat}; right {right.mean():.4f}")
    for name, part in (("abstains_under", RIGHT), ("abstains_in_calls_under", RIGHT_IN_CALLS)):
        settings[name], told = threshold(chances, right, part)
        print(f"{name} {settings[name]}: {told:.3f} told, {part} of them right")
    path.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def fitted(given: np.ndarray, right: np.ndarray) -> dict[str, list[float]]:
    """Return the logistic model of `sure.chance_right`: `given` (replies, inputs), `right` (replies,) bool."""
    scaler = StandardScaler().fit(given)
    model = LogisticRegression(C=1 / PENALTY, max_iter=1000).fit(scaler.transform(given), right)
    weights = [*model.coef_[0], model.intercept_[0]]
    values = {"middle": scaler.mean_, "spread": scaler.scale_, "weights": weights}
    return {name: [round(float(value), 5) for value in some] for name, some in values.items()}


def temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """Return the temperature with the least negative log-likelihood."""

    def loss(t: float) -> float:
        scaled = logits / t
        scaled = scaled - scaled.max(1, keepdims=True)
        return float(-(scaled[np.arange(len(truth)), truth] - np.log(np.exp(scaled).sum(1))).mean())

    return round(float(min(np.arange(0.6, 4.0, 0.05), key=loss)), 2)


def threshold(best: np.ndarray, right: np.ndarray, part: float) -> tuple[float, float]:
    """Return the least confidence from which that part of the told verdicts is right, and the part told."""
    order = np.argsort(-best)
    share = np.cumsum(right[order]) / np.arange(1, len(best) + 1)
    last = max((k for k in range(len(best)) if share[k] >= part), default=0)
    return round(float(best[order][last]), 3), (last + 1) / len(best)


if __name__ == "__main__":
    main()
