#!/usr/bin/env python3
"""Puts the fine-tuned members together, calibrates them and writes voicecoach/judge/model/: ONNX int8, labels, tokenizer.

The temperature and the threshold for abstaining are chosen on the situations for choosing; nothing else is used.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from replies import split
from train import ACTS, MAX_PROSPECT, MAX_TOKENS, VERDICTS, Judge, base_folder, encode
from tokenizers import Tokenizer

HERE = Path(__file__).parent
TARGET = HERE.parent / "voicecoach" / "judge" / "model"
MEAN_ABSTAIN = 0.03
"""Part of the replies that the judge may leave unclear."""


class Ensemble(torch.nn.Module):
    """Members that share the word table; logits are averaged."""

    def __init__(self, members: list[Judge]) -> None:
        super().__init__()
        shared = members[0].encoder.embeddings.word_embeddings
        for member in members[1:]:
            member.encoder.embeddings.word_embeddings = shared
        self.members = torch.nn.ModuleList(members)

    def forward(self, ids, mask, kinds):
        """Return mean logits of the three heads."""
        found = [member(ids, mask, kinds) for member in self.members]
        return tuple(torch.stack([one[head] for one in found]).mean(0) for head in range(3))


def main() -> None:
    """Export."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--made", type=Path, default=HERE / "made")
    asked = ask.parse_args()
    members = []
    for path in sorted(asked.made.glob("judge-*.pt")):
        member = Judge()
        member.load_state_dict(torch.load(path, weights_only=True))
        members.append(member.eval())
    model = Ensemble(members).eval()
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        example = tuple(torch.ones((2, 12), dtype=torch.long) for _ in range(3))
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
        quantize_dynamic(whole, TARGET / "judge.onnx", weight_type=QuantType.QInt8, per_channel=True)
    tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(TARGET / "tokenizer.json"), pretty=False)
    settings = {
        "label": "judge-1",
        "verdicts": VERDICTS,
        "acts": ACTS,
        "max_prospect_tokens": MAX_PROSPECT,
        "max_tokens": MAX_TOKENS,
        "temperature": 1.0,
        "abstains_under": 0.0,
    }
    write(settings)
    logits, truth = choosing_logits(settings)
    settings["temperature"] = temperature(logits, truth)
    p = np.exp(logits / settings["temperature"])
    best = (p / p.sum(1, keepdims=True)).max(1)
    settings["abstains_under"] = round(float(min(0.5, np.quantile(best, MEAN_ABSTAIN))), 3)
    write(settings)
    print({key: settings[key] for key in ("temperature", "abstains_under")}, (TARGET / "judge.onnx").stat().st_size)


def write(settings: dict) -> None:
    """Write the settings beside the model."""
    (TARGET / "judge.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def choosing_logits(settings: dict) -> tuple[np.ndarray, np.ndarray]:
    """Return the exported model's logits on the situations for choosing, and the labels."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(TARGET / "judge.onnx"))
    rows = encode(Tokenizer.from_file(str(TARGET / "tokenizer.json")), split()["choosing"])
    logits = []
    for row in rows:
        feed = {"ids": [row["ids"]], "mask": [[1] * len(row["ids"])], "kinds": [row["kinds"]]}
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


if __name__ == "__main__":
    main()
