"""Text encoders of the two families that diffusion models use, at toy size: what can a state know?"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

VOCABULARY, LENGTH, WIDTH = 100, 16, 64


def clip(seed: int) -> Any:
    """CLIPTextModel of two layers with random weights; causal, LENGTH places in its position table."""
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(seed)
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=VOCABULARY,
            hidden_size=WIDTH,
            intermediate_size=2 * WIDTH,
            projection_dim=WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=LENGTH,
            bos_token_id=0,
            eos_token_id=VOCABULARY - 1,
            pad_token_id=VOCABULARY - 1,
        )
    ).eval()


def t5(seed: int) -> Any:
    """T5EncoderModel of two layers with random weights; every token sees every other, places enter as distances."""
    from transformers import T5Config, T5EncoderModel

    torch.manual_seed(seed)
    return T5EncoderModel(
        T5Config(
            vocab_size=VOCABULARY, d_model=WIDTH, d_kv=WIDTH // 4, d_ff=2 * WIDTH, num_layers=2, num_heads=4,
            dropout_rate=0.0,
        )
    ).eval()  # fmt: skip


@torch.no_grad()
def states(encoder: Any, ids: Tensor) -> Tensor:
    """The sequence of hidden states [N, tokens, width] that a pipeline attends to, for ids [N, tokens]."""
    found: Tensor = encoder(ids).last_hidden_state
    return found


def rounding(states: Tensor, device: str) -> float:
    """By how much states may differ that are computed alike: on a processor by nothing; a GPU may sum in another order
    where it cuts a batch into tiles."""
    return 0.0 if device == "cpu" else 16 * torch.finfo(states.dtype).eps * float(states.abs().max())


def reach(encoder: Any, ids: Tensor, other: Tensor) -> Tensor:
    """[tokens, tokens]: how far the state at column k moves (largest number) when token j, the row, is exchanged.

    `ids` [tokens] is the sentence, `other` [tokens] what each token is exchanged for.
    """
    changed = ids.repeat(len(ids), 1)
    changed.fill_diagonal_(0)
    changed += torch.diag(other)
    plain = states(encoder, ids.repeat(len(ids), 1))  # the same batch, so that equal means equal to the bit
    return (states(encoder, changed) - plain).abs().amax(-1).float().cpu()


def longest(encoder: Any, limit: int = 4 * LENGTH) -> int:
    """The longest sentence, up to `limit` tokens, that the encoder takes."""
    for length in range(limit, 0, -1):
        try:
            states(encoder, torch.ones(1, length, dtype=torch.long))
        except (ValueError, IndexError, RuntimeError):
            continue
        return length
    return 0
