"""Which numbers a training computes with on this machine."""

from __future__ import annotations

import torch


def fast_bfloat16() -> bool:
    """Whether this processor multiplies matrices of bfloat16 in hardware; elsewhere float32 is several times faster."""
    return torch.cpu._is_amx_tile_supported()


__all__ = ["fast_bfloat16"]
