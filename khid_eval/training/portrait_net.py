"""The portrait net: one look at a portrait and its surroundings, one logit: was it exchanged?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from khid_eval.engine.portrait import INSIDE, NET_HEIGHT_PX, NET_WIDTH_PX
from khid_eval.training.locator_net import Residual, convolution

_STRIDE = 16
_FEATURES = 64


class PortraitNet(nn.Module):
    """(N, 3, 224, 192), see khid_eval.engine.portrait.net_input -> logits (N, 1).

    Stem and body are those of the quality net without its end, so that training can begin with what that one knows of
    the same cards at about the same scale. Mean and peak of the features inside the portrait, along its edge and around
    it are kept apart: what tells an exchange is how they differ.
    """

    areas: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(12, 16)
        self.body = nn.Sequential(
            Residual(16, 24, 2), Residual(24, 32, 2), Residual(32, 48, 2), Residual(48, _FEATURES)
        )
        # Without the norm the peaks drive the hidden units to where none of them answers.
        self.head = nn.Sequential(
            nn.LayerNorm(6 * _FEATURES), nn.Linear(6 * _FEATURES, 48), nn.LeakyReLU(0.1), nn.Linear(48, 1)
        )
        self.register_buffer("areas", _areas(), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        features = self.body(self.stem(functional.pixel_unshuffle(image, 2)))
        pooled = []
        for k in range(3):
            area = self.areas[k]
            pooled.append((features * area).sum(dim=(2, 3)) / area.sum())
            pooled.append((features * area).amax(dim=(2, 3)))  # features are never negative
        answer: Tensor = self.head(torch.cat(pooled, dim=1))
        return answer


def start_from_quality(network: PortraitNet, path: Path) -> None:
    """Takes over the first layers of a quality net's weights, see checkpoints.save_weights."""
    state = network.state_dict()
    with np.load(path) as stored:
        for name in stored.files:
            if not name.startswith("head.") and name in state:
                state[name].copy_(torch.from_numpy(stored[name].astype(np.float32)))


def _areas() -> Tensor:
    """(3, 14, 12) of zeros and ones: cells inside the portrait, cells on its edge, cells around it."""
    x = (torch.arange(NET_WIDTH_PX // _STRIDE) + 0.5) * _STRIDE
    y = (torch.arange(NET_HEIGHT_PX // _STRIDE) + 0.5) * _STRIDE
    left, top, right, bottom = INSIDE
    across = torch.minimum(x - left, right - x)
    down = torch.minimum(y - top, bottom - y)
    depth = torch.minimum(across[None, :], down[:, None])
    edge = depth.abs() <= _STRIDE
    return torch.stack([(depth > 0) & ~edge, edge, (depth < 0) & ~edge]).float()
