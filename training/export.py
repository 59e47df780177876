#!/usr/bin/env python3
"""Calibrates the fine-tuned judge and writes voicecoach/judge/model/: ONNX int8, labels, tokenizer with the words that matter.

The temperature is chosen on the situations for choosing; nothing else is used.
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
from tokenizers import Tokenizer
from train import ACTS, BEGIN, END, MAX_PROSPECT, MAX_TOKENS, PAD, VERDICTS, Judge, encode, tokenizer_of

HERE = Path(__file__).parent
TARGET = HERE.parent / "voicecoach" / "judge" / "model"
RIGHT = 0.98
"""Part of the replies not left unclear that should be right."""
ABSTAINS_UNDER = 0.5
"""What is set. RIGHT would leave a third of the replies unclear, plain ones among them, and calls would stall; what it would
take is printed, and docs/plan.md says what might come closer."""
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


def export(model: Judge, path: Path, reduced: bool) -> None:
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
        # Seven bits: on processors without VNNI eight would overflow and give other answers.
        quantize_dynamic(whole, path, weight_type=QuantType.QInt8, per_channel=True, reduce_range=reduced)


def main() -> None:
    """Export."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--made", type=Path, default=HERE / "made" / "judge-1.pt")
    ask.add_argument("--target", type=Path, default=TARGET)
    ask.add_argument("--label", default="judge-2")
    ask.add_argument("--full-range", action="store_true")
    asked = ask.parse_args()
    model = Judge()
    model.load_state_dict(torch.load(asked.made, weights_only=True))
    tokenizer = tokenizer_of(base_folder())
    kept = kept_words(tokenizer)
    table = model.encoder.embeddings.word_embeddings
    model.encoder.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(table.weight[kept])
    asked.target.mkdir(parents=True, exist_ok=True)
    export(model.eval(), asked.target / "judge.onnx", not asked.full_range)
    small = smaller(tokenizer, kept)
    small.save(str(asked.target / "tokenizer.json"), pretty=False)
    settings = {
        "label": asked.label,
        "verdicts": VERDICTS,
        "acts": ACTS,
        "begin": kept.index(BEGIN),
        "end": kept.index(END),
        "max_prospect_tokens": MAX_PROSPECT,
        "max_tokens": MAX_TOKENS,
        "abstains_under": ABSTAINS_UNDER,
    }
    logits, truth = choosing_logits(asked.target, small, kept)
    settings["temperature"] = temperature(logits, truth)
    p = np.exp((logits - logits.max(1, keepdims=True)) / settings["temperature"])
    p /= p.sum(1, keepdims=True)
    needed, told = threshold(p.max(1), p.argmax(1) == truth)
    (asked.target / "judge.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    print({key: settings[key] for key in ("temperature", "abstains_under")}, f"{RIGHT} right from {needed}, told {told:.3f};", f"right {np.mean(p.argmax(1) == truth):.4f}")
    print(len(kept), "words;", (asked.target / "judge.onnx").stat().st_size, "bytes")


def choosing_logits(folder: Path, tokenizer: Tokenizer, kept: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the exported model's logits on the situations for choosing, and the labels."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(folder / "judge.onnx"))
    rows = encode(tokenizer, split()["choosing"])
    place = {BEGIN: kept.index(BEGIN), END: kept.index(END)}
    logits = []
    for row in rows:
        ids = list(row["ids"])
        for at in (0, len(ids) - 1):
            ids[at] = place[ids[at]]
        middle = row["kinds"].index(row["kinds"][0] + 1)
        ids[middle - 2 : middle] = [place[END]] * 2
        feed = {"ids": [ids], "mask": [[1] * len(ids)], "kinds": [row["kinds"]]}
        one = session.run(["verdict"], {k: np.array(v, np.int64) for k, v in feed.items()})[0][0]
        if row["away"]:
            one[2] = -1e4
        logits.append(one)
    return np.array(logits), np.array([row["verdict"] for row in rows])


def temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """Return the temperature with the least negative log-likelihood."""

    def loss(t: float) -> float:
        scaled = logits / t
        scaled = scaled - scaled.max(1, keepdims=True)
        return float(-(scaled[np.arange(len(truth)), truth] - np.log(np.exp(scaled).sum(1))).mean())

    return round(float(min(np.arange(0.6, 4.0, 0.05), key=loss)), 2)


def threshold(best: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Return the least confidence from which the told verdicts are right `RIGHT` of the time, and the part told."""
    order = np.argsort(-best)
    share = np.cumsum(right[order]) / np.arange(1, len(best) + 1)
    last = max((k for k in range(len(best)) if share[k] >= RIGHT), default=0)
    return round(float(best[order][last]), 3), (last + 1) / len(best)


if __name__ == "__main__":
    main()
