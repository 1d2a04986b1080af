"""The parts of the tiny pipeline: stock diffusers and transformers classes at toy size, not yet trained."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

MAX_TOKENS = 16
WIDTH = 128
"""Size of the text states that the U-Net attends to."""


def tokenizer(captions: Iterable[str]) -> Any:
    """A CLIPTokenizer with byte-pair merges learned from `captions`; the same captions give the same vocabulary."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import CLIPTokenizer

    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.pre_tokenizer = pre_tokenizers.Whitespace()
    learner.train_from_iterator(
        sorted(set(captions)), trainers.BpeTrainer(vocab_size=400, end_of_word_suffix="</w>", show_progress=False)
    )
    merges = [tuple(merge) for merge in json.loads(learner.to_str())["model"]["merges"]]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(merge) for merge in merges)]
    words = [*dict.fromkeys(words), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {word: number for number, word in enumerate(words)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=MAX_TOKENS)


CHANNELS = {2: (24, 48), 4: (24, 48, 64), 8: (24, 48, 64, 64)}
"""Widths of the autoencoder that divides each side by a factor: every width but the first halves it once."""


def autoencoder(factor: int = 4) -> Any:
    """AutoencoderKL: 32 x 32 x 3 pixels to latents of four channels; 8 x 8 of them for f = 4."""
    from diffusers import AutoencoderKL

    widths = CHANNELS[factor]
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * len(widths),
        up_block_types=("UpDecoderBlock2D",) * len(widths),
        block_out_channels=widths,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=32,
    )


def text_encoder(tokens: Any) -> Any:
    """CLIPTextModel of two layers for the vocabulary of the tokenizer `tokens`."""
    from transformers import CLIPTextConfig, CLIPTextModel

    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokens),
            hidden_size=WIDTH,
            intermediate_size=2 * WIDTH,
            projection_dim=WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=MAX_TOKENS,
            bos_token_id=tokens.bos_token_id,
            eos_token_id=tokens.eos_token_id,
            pad_token_id=tokens.pad_token_id,
        )
    )


def denoiser() -> Any:
    """UNet2DConditionModel on 8 x 8 x 4 latents, cross-attention at 8 x 8, 4 x 4 and 2 x 2; 4 heads everywhere."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=8,
        in_channels=4,
        out_channels=4,
        block_out_channels=(48, 64, 96),
        down_block_types=("CrossAttnDownBlock2D",) * 3,
        mid_block_type="UNetMidBlock2DCrossAttn",
        up_block_types=("CrossAttnUpBlock2D",) * 3,
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,  # in this class the number of heads
        norm_num_groups=16,
    )


def noise_scheduler() -> Any:
    """DDIM with Stable Diffusion's betas, stated in full so that other schedulers made from it keep them."""
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type="v_prediction",
        timestep_spacing="trailing",
    )


def pipeline(vae: Any, text: Any, tokens: Any, unet: Any) -> Any:
    """The StableDiffusionPipeline of these parts, without progress bar."""
    from diffusers import StableDiffusionPipeline

    made = StableDiffusionPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=tokens,
        unet=unet,
        scheduler=noise_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    made.set_progress_bar_config(disable=True)
    return made
