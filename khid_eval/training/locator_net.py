"""The locator's net: a small residual encoder, a decoder to stride 4, five maps and a presence logit."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

MAPS = 5
"""Four corners in the order of the upright card, then the card's area."""


class Residual(nn.Module):
    """Two 3 x 3 convolutions around a shortcut."""

    def __init__(self, inside: int, outside: int, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inside, outside, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(inplace=True),
            nn.Conv2d(outside, outside, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outside),
        )
        same = stride == 1 and inside == outside
        self.shortcut: nn.Module = nn.Identity() if same else nn.Conv2d(inside, outside, 1, stride)

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(self.body(features) + self.shortcut(features))


def convolution(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
    )


class LocatorNet(nn.Module):
    """(N, 3, 256, 256) -> maps (N, 5, 64, 64) of logits and presence (N, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(3, 16, 2)
        self.stages = nn.ModuleList(
            [
                Residual(16, 24, 2),
                Residual(24, 48, 2),
                nn.Sequential(Residual(48, 80, 2), Residual(80, 80)),
                nn.Sequential(Residual(80, 128, 2), Residual(128, 128)),
            ]
        )
        self.across = nn.ModuleList([nn.Conv2d(width, 48, 1) for width in (24, 48, 80, 128)])
        self.merge = nn.ModuleList([convolution(48, 48) for _ in range(3)])
        self.maps = nn.Conv2d(48, MAPS, 1)
        self.presence = nn.Sequential(nn.Linear(256, 48), nn.ReLU(inplace=True), nn.Linear(48, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        features = self.stem(image)
        levels = []
        for stage in self.stages:
            features = stage(features)
            levels.append(features)
        merged = self.across[3](levels[3])
        for level in (2, 1, 0):
            merged = functional.interpolate(merged, scale_factor=2.0, mode="nearest") + self.across[level](
                levels[level]
            )
            merged = self.merge[level](merged)
        pooled = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)
        return self.maps(merged), self.presence(pooled)


def locator_loss(
    answer: tuple[Tensor, Tensor], corners: Tensor, area: Tensor, card: Tensor
) -> tuple[Tensor, dict[str, float]]:
    """answer: maps and presence; corners: (N, 4, 64, 64) that sum to one; area: (N, 64, 64) in [0, 1];
    card: (N,), 1 where a card is shown. Returns the loss and its parts.
    """
    maps, presence = answer
    count = card.sum().clamp(min=1.0)
    spread = functional.log_softmax(maps[:, :4].flatten(2), dim=2)
    by_corner = -(corners.flatten(2) * spread).sum(dim=2).mean(dim=1)
    corner = (by_corner * card).sum() / count
    # Other documents have an area of their own that is nobody's: only cards and empty pictures teach the mask.
    mask = functional.binary_cross_entropy_with_logits(maps[:, 4], area)
    there = functional.binary_cross_entropy_with_logits(presence[:, 0], card)
    loss = corner + mask + 0.5 * there
    return loss, {"corner": float(corner.detach()), "mask": float(mask.detach()), "presence": float(there.detach())}
