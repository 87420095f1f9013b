"""The quality net: one look at the flat card in colour, one logit an alarm."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from khid_eval.engine.quality import NET_LABELS
from khid_eval.training.locator_net import Residual, convolution


class QualityNet(nn.Module):
    """(N, 3, 400, 640) in [-0.5, 0.5] -> logits (N, labels), see khid_eval.engine.quality."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(12, 16)
        self.body = nn.Sequential(
            Residual(16, 24, 2), Residual(24, 32, 2), Residual(32, 48, 2), Residual(48, 64, 2), Residual(64, 64)
        )
        self.head = nn.Sequential(nn.Linear(128, 48), nn.ReLU(inplace=True), nn.Linear(48, len(NET_LABELS)))

    def forward(self, image: Tensor) -> Tensor:
        features = self.body(self.stem(functional.pixel_unshuffle(image, 2)))
        pooled = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)
        answer: Tensor = self.head(pooled)
        return answer


def quality_loss(answer: Tensor, labels: Tensor, known: Tensor) -> Tensor:
    """answer, labels, known: (N, labels). known is 0 where a label is a matter of taste (a mild blur)."""
    loss = functional.binary_cross_entropy_with_logits(answer, labels, reduction="none")
    return (loss * known).sum() / known.sum().clamp(min=1.0)
