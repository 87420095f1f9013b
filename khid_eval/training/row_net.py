"""The row net: a small encoder-decoder over the grey card, cells of 4 px, and a presence logit."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from khid_eval.engine.rows import CHANNELS
from khid_eval.training.locator_net import Residual, convolution


class RowNet(nn.Module):
    """(N, 1, 320, 512) -> maps (N, CHANNELS, 80, 128), see khid_eval.engine.rows, and presence (N, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(4, 16)
        self.stages = nn.ModuleList(
            [
                Residual(16, 24, 2),
                Residual(24, 32, 2),
                Residual(32, 48, 2),
                nn.Sequential(Residual(48, 80, 2), Residual(80, 80)),
            ]
        )
        self.across = nn.ModuleList([nn.Conv2d(width, 32, 1) for width in (24, 32, 48, 80)])
        self.merge = nn.ModuleList([convolution(32, 32) for _ in range(3)])
        self.maps = nn.Conv2d(32, CHANNELS, 1)
        self.presence = nn.Sequential(nn.Linear(160, 32), nn.ReLU(inplace=True), nn.Linear(32, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        # Four channels at half the size: convolutions of a single channel are slow, and wrong in channels-last.
        features = self.stem(functional.pixel_unshuffle(image, 2))
        levels = []
        for stage in self.stages:
            features = stage(features)
            levels.append(features)
        merged = self.across[3](levels[3])
        for level in (2, 1, 0):
            merged = functional.interpolate(merged, scale_factor=2.0, mode="nearest")
            merged = self.merge[level](merged + self.across[level](levels[level]))
        pooled = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)
        return self.maps(merged), self.presence(pooled)


def row_loss(answer: tuple[Tensor, Tensor], targets: Tensor, card: Tensor) -> tuple[Tensor, dict[str, float]]:
    """answer: maps and presence; targets: (N, 5, 80, 128), see row_samples; card: (N,), 1 where a card is shown.

    Returns the loss and its parts. Other documents teach presence only: their rows are nobody's.
    """
    maps, presence = answer
    shown = card[:, None, None]
    count = card.sum().clamp(min=1.0) * maps.shape[2] * maps.shape[3]
    kind_of = targets[:, 4].long()
    core = targets[:, 0]
    weight = 1.0 + core
    at_core = (
        functional.binary_cross_entropy_with_logits(maps[:, 0], core, reduction="none") * weight * shown
    ).sum() / count
    portrait = functional.binary_cross_entropy_with_logits(maps[:, 1], targets[:, 1], reduction="none")
    in_portrait = (portrait * shown).sum() / count
    inside = (core > 0.5).float() * shown
    cells = inside.sum().clamp(min=1.0)
    reach = (maps[:, 2:4] - targets[:, 2:4]).abs().sum(dim=1)
    to_edges = (reach * inside).sum() / cells
    kinds = functional.cross_entropy(maps[:, 4:], kind_of, reduction="none")
    of_kind = (kinds * inside).sum() / cells
    there = functional.binary_cross_entropy_with_logits(presence[:, 0], card)
    loss = 4.0 * at_core + 2.0 * in_portrait + to_edges + 0.5 * of_kind + 0.3 * there
    parts = {"core": at_core, "portrait": in_portrait, "edges": to_edges, "kind": of_kind, "presence": there}
    return loss, {name: float(value.detach()) for name, value in parts.items()}
