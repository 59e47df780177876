#!/usr/bin/env python3
"""Fine-tunes the judge on the labelled replies: see README.md beside this file.

The lower six layers of all-mpnet-base-v2 (Apache-2.0) read (prospect, reply) and learn three things at once: the verdict,
which acts the reply shows, and for each token of the reply which act it is part of. Which words are whose, and which side
the prospect is on, is told by a vector of its own added to each token.
"""

import argparse
import copy
import os
import random
import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from encoder import base_folder
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
LAYERS, FROZEN = 6, 2
"""The lower half of the encoder: what fits into 45 MB of wheel and 20 ms a reply; the lowest two stay as they are, which saves a fifth of the time."""
BEGIN, PAD, END = 0, 1, 2
MAX_PROSPECT, MAX_TOKENS = 60, 192
BARE = 0.3
"""Part of the training replies shown as a recognizer prints them: lower case, no punctuation."""
HARDEST, OTHERS = 0.6, 0.25
"""After the first epoch: the part of the replies that were hardest when last seen, all seen again, and the part of the others that is."""
AGREES = 2.0
"""What it costs when two readings of a reply, each without other parts of the network (dropout), disagree: R-Drop (Liang et al. 2021)."""
KEPT = 0.998
"""What the running mean of the weights keeps at each step; the mean is what is exported."""


def bare(reply: Reply) -> Reply:
    """Return the reply as a recognizer might print it; stretches move with their words."""
    kept = [i for i, c in enumerate(reply.rep) if c.isalnum() or c in "' $%"]
    at = {old: new for new, old in enumerate(kept)}

    def moved(start: int, end: int) -> tuple[int, int]:
        inside = [at[i] for i in range(start, end) if i in at]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)

    text = "".join(reply.rep[i] for i in kept).lower()
    prospect = re.sub(r"[^\w' $%]", "", reply.prospect).lower()
    acts = tuple((act, *moved(start, end)) for act, start, end in reply.acts)
    return replace(reply, rep=text, prospect=prospect, acts=acts)


class Dropout(torch.nn.Module):
    """Dropout of a tenth. Drawn by numpy, since PyTorch draws it so slowly on a processor that it took a quarter of a step's time."""

    def forward(self, hidden):
        """Return it with 26 of 256 values at nothing and the others raised, while the model learns."""
        if not self.training:
            return hidden
        drawn = np.frombuffer(bytearray(np.random.bytes(hidden.numel())), np.uint8)
        kept = torch.from_numpy(drawn).view(hidden.shape) >= 26
        return hidden * kept.to(hidden.dtype) * (256 / 230)


class Judge(torch.nn.Module):
    """Encoder with three heads."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(base_folder(), attn_implementation="eager", add_pooling_layer=False)
        self.encoder.encoder.layer = self.encoder.encoder.layer[:LAYERS]
        self.encoder.config.num_hidden_layers = LAYERS
        # The words stay as well: most of the table are rare here, and the export keeps only a part of it.
        self.frozen = [self.encoder.embeddings, self.encoder.encoder.relative_attention_bias, *self.encoder.encoder.layer[:FROZEN]]
        for part in self.frozen:
            part.requires_grad_(False)
        size = self.encoder.config.hidden_size
        self.kind = torch.nn.Embedding(4, size)
        torch.nn.init.zeros_(self.kind.weight)
        self.drop = Dropout()
        for layer in self.encoder.encoder.layer:
            layer.attention.dropout = layer.attention.attn.dropout = layer.output.dropout = Dropout()
        self.verdict = torch.nn.Linear(2 * size, len(VERDICTS))
        self.shows = torch.nn.Linear(2 * size, len(ACTS))
        self.part_of = torch.nn.Linear(size, len(ACTS) + 1)

    def train(self, mode: bool = True):
        """Switch dropout on or off, never in the frozen layers."""
        super().train(mode)
        for part in self.frozen:
            part.eval()
        return self

    def forward(self, ids, mask, kinds):
        """Return verdict logits (B, 4), act logits (B, 21), token logits (B, T, 22); 0 of the last is "no act".

        `kinds` (B, T): 0 the prospect's words, 1 the rep's, to a prospect who is away; 2 and 3 to one who is in.
        """
        hidden, places = self.below(ids, mask)
        return self.above(hidden, places, mask, kinds)

    @torch.no_grad()
    def below(self, ids, mask):
        """Return what the frozen layers make of the words, (B, T, 768), and what their places add to each head, (1, heads, T, T)."""
        embeddings = self.encoder.embeddings
        hidden = embeddings(inputs_embeds=embeddings.word_embeddings(ids))
        places = self.encoder.encoder.compute_position_bias(hidden[:1])
        return self.through(slice(FROZEN), hidden, places, mask), places

    def through(self, layers: slice, hidden, places, mask):
        """Return what some layers of the encoder make of the words."""
        unseen = (1 - mask[:, None, None, :]) * -1e4
        for layer in self.encoder.encoder.layer[layers]:
            hidden = layer(hidden, unseen, places)[0]
        return hidden

    def above(self, hidden, places, mask, kinds):
        """Return the logits, from what the frozen layers made of the words."""
        hidden = self.through(slice(FROZEN, None), hidden + self.kind(kinds), places, mask)
        hidden = self.drop(hidden)
        rep = ((kinds % 2) * mask).unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * rep).sum(1) / rep.sum(1).clamp(min=1)
        whole = torch.cat([hidden[:, 0], mean], dim=1)
        return self.verdict(whole), self.shows(whole), self.part_of(hidden)


def encode(tokenizer: Tokenizer, replies: list[Reply]) -> list[dict]:
    """Turn replies into ids, kinds and targets."""
    rows = []
    for reply in replies:
        first = tokenizer.encode(reply.prospect, add_special_tokens=False).ids[-MAX_PROSPECT:]
        second = tokenizer.encode(reply.rep, add_special_tokens=False)
        room = MAX_TOKENS - len(first) - 4
        ids = [BEGIN, *first, END, END, *second.ids[:room], END]
        side = 0 if reply.side == "away" else 2
        kinds = [side] * (len(first) + 3) + [side + 1] * (len(second.ids[:room]) + 1)
        parts = [0] * len(ids)
        for place, (start, end) in enumerate(second.offsets[:room]):
            for act, left, right in reply.acts:
                if start < right and end > left:
                    parts[len(first) + 3 + place] = 1 + ACTS.index(act)
        rows.append(
            {
                "ids": ids,
                "kinds": kinds,
                "parts": parts,
                "shows": [float(any(act == one for one, _, _ in reply.acts)) for act in ACTS],
                "verdict": VERDICTS.index(reply.verdict),
                "away": reply.side == "away",
            }
        )
    return rows


def batch(rows: list[dict]) -> dict[str, torch.Tensor]:
    """Pad rows to one length."""
    longest = max(len(row["ids"]) for row in rows)

    def padded(key: str, fill: int = 0) -> torch.Tensor:
        return torch.tensor([row[key] + [fill] * (longest - len(row[key])) for row in rows])

    return {
        "ids": padded("ids", PAD),
        "mask": torch.tensor([[1] * len(r["ids"]) + [0] * (longest - len(r["ids"])) for r in rows]),
        "kinds": padded("kinds"),
        "parts": padded("parts", -100),
        "shows": torch.tensor([row["shows"] for row in rows]),
        "verdict": torch.tensor([row["verdict"] for row in rows]),
        "away": torch.tensor([row["away"] for row in rows]),
    }


def arithmetic() -> torch.autocast:
    """Return the context to compute in: bfloat16 where the processor multiplies it; elsewhere it takes three times as long as float32."""
    multiplies = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=multiplies)


def loss_of(model: Judge, rows: dict[str, torch.Tensor], no_act_weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the joint loss of two readings, and for each reply how hard it was, shape (B,): the losses of its verdict and of its tokens."""
    with arithmetic():
        hidden, places = model.below(rows["ids"], rows["mask"])
        hidden, rows = torch.cat([hidden, hidden]), {name: torch.cat([one, one]) for name, one in rows.items()}
        verdict, shows, parts = model.above(hidden, places, rows["mask"], rows["kinds"])
    verdict, shows, parts = verdict.float(), shows.float(), parts.float()
    verdict[:, 2] = verdict[:, 2].masked_fill(rows["away"], -1e4)
    targets = rows["parts"].masked_fill(rows["kinds"] % 2 == 0, -100)
    verdicts = torch.nn.functional.cross_entropy(verdict, rows["verdict"], reduction="none")
    tokens = torch.nn.functional.cross_entropy(parts.transpose(1, 2), targets, no_act_weight, ignore_index=-100, reduction="none")
    weights = (no_act_weight[targets.clamp(min=0)] * (targets >= 0)).sum(1)
    acts = torch.nn.functional.binary_cross_entropy_with_logits(shows, rows["shows"])
    said = targets.chunk(2)[0] >= 0
    disagree = apart(verdict).mean() + apart(parts)[said].mean()
    loss = verdicts.mean() + acts * 2 + tokens.sum() / weights.sum() + AGREES * disagree
    return loss, (verdicts + tokens.sum(1) / weights).detach().view(2, -1).mean(0)


def apart(logits: torch.Tensor) -> torch.Tensor:
    """Return how far the second half of the logits is from the first: the mean of both Kullback-Leibler divergences, over the last axis."""
    one, other = torch.log_softmax(logits, -1).chunk(2)
    return ((one.exp() - other.exp()) * (one - other)).sum(-1) / 2


def scores(model: Judge, rows: list[dict]) -> np.ndarray:
    """Return verdict logits of many rows, shape (N, 4), float32."""
    model.eval()
    out = np.zeros((len(rows), 4), np.float32)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]["ids"]))
    with torch.no_grad():
        for start in range(0, len(order), 64):
            some = order[start : start + 64]
            made = batch([rows[i] for i in some])
            with arithmetic():
                verdict = model(made["ids"], made["mask"], made["kinds"])[0].float()
            verdict[:, 2] = verdict[:, 2].masked_fill(made["away"], -1e4)
            out[some] = verdict.numpy()
    return out


def tokenizer_of(folder: Path) -> Tokenizer:
    """Return the encoder's tokenizer without its own cutting and padding."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def again(hardness: np.ndarray, chance: random.Random) -> list[int]:
    """Return the places of the replies to see in the next epoch, from how hard each was when last seen, shape (N,)."""
    order = np.argsort(-hardness).tolist()
    hardest = round(len(order) * HARDEST)
    return sorted(order[:hardest] + [i for i in order[hardest:] if chance.random() < OTHERS])


def batches_of(rows: list[dict], size: int, chance: random.Random) -> list[list[dict]]:
    """Return the rows in batches, those of like length in one: less padding, the same order of chance."""
    chance.shuffle(rows)
    pools = [sorted(rows[i : i + size * 20], key=lambda r: len(r["ids"])) for i in range(0, len(rows), size * 20)]
    batches = [pool[i : i + size] for pool in pools for i in range(0, len(pool), size)]
    chance.shuffle(batches)
    return batches


def train(parts: dict[str, list[Reply]], seed: int, epochs: int, rate: float, out: Path, size: int = 32) -> None:
    """Fine-tune one model; the running mean of its weights is written after each epoch."""
    torch.manual_seed(seed)
    np.random.seed(seed)  # for `Dropout`
    chance = random.Random(seed)
    tokenizer = tokenizer_of(base_folder())
    model = Judge()
    mean = copy.deepcopy(model)
    learnt = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
    groups = [
        {"params": [one for name, one in learnt if name.startswith("encoder")], "lr": rate},
        {"params": [one for name, one in learnt if not name.startswith("encoder")], "lr": rate * 5},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    replies = parts["train"]
    steps = round(len(replies) / size * (1 + (epochs - 1) * (HARDEST + (1 - HARDEST) * OTHERS)))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [rate, rate * 5], total_steps=steps + 10, pct_start=0.1, anneal_strategy="linear"
    )
    no_act = torch.ones(len(ACTS) + 1)
    no_act[0] = 0.5
    hardness = np.zeros(len(replies))
    step, began = 0, time.monotonic()
    for epoch in range(epochs):
        model.train()
        total = 0.0
        places = again(hardness, chance) if epoch else list(range(len(replies)))
        seen = [bare(replies[i]) if not replies[i].heard and chance.random() < BARE else replies[i] for i in places]
        rows = [row | {"place": place} for row, place in zip(encode(tokenizer, seen), places, strict=True)]
        batches = batches_of(rows, size, chance)
        for done, one in enumerate(batches, 1):
            loss, hard = loss_of(model, batch(one), no_act)
            hardness[[row["place"] for row in one]] = hard.numpy()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if schedule.last_epoch < steps:
                schedule.step()
            step += 1
            total += float(loss.detach())
            with torch.no_grad():
                keep = min(KEPT, (1 + step) / (10 + step))
                for old, new in zip(mean.parameters(), model.parameters(), strict=True):
                    if new.requires_grad:
                        old.lerp_(new, 1 - keep)
            if step % 50 == 0:
                print(f"step {step} of {steps}: loss {total / done:.3f} {time.monotonic() - began:.0f} s", flush=True)
        torch.save(mean.state_dict(), out / f"judge-{seed}.pt")
        print(f"seed {seed} epoch {epoch + 1}: right {right(mean, encode(tokenizer, parts['choosing'])):.4f}", flush=True)
    print(f"held out: right {right(mean, encode(tokenizer, parts['held_out'])):.4f}; {time.monotonic() - began:.0f} s", flush=True)


def right(model: Judge, rows: list[dict]) -> float:
    """Return the part of the rows whose verdict the model has right."""
    return float((scores(model, rows).argmax(1) == np.array([row["verdict"] for row in rows])).mean())


def main() -> None:
    """Train and save."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--seeds", type=int, nargs="+", default=[1])
    ask.add_argument("--epochs", type=int, default=6)
    ask.add_argument("--rate", type=float, default=8e-5)
    ask.add_argument("--out", type=Path, default=HERE / "made")
    asked = ask.parse_args()
    torch.set_num_threads(os.cpu_count() or 2)
    parts = split()
    print({name: len(part) for name, part in parts.items()}, flush=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    for seed in asked.seeds:
        train(parts, seed, asked.epochs, asked.rate, asked.out)


if __name__ == "__main__":
    main()
