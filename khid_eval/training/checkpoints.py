"""State of a training on disk, written so that a crash never leaves half a file; and weights small enough to commit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from khid_eval.errors import BadData


def save(path: Path, state: Mapping[str, Any]) -> None:
    """Writes tensors and plain values; the old file stays until the new one is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(path.suffix + ".partial")
    torch.save(dict(state), partial)
    os.replace(partial, path)


def load(path: Path) -> dict[str, Any] | None:
    """What `save` wrote, or None where there is nothing. Only tensors and plain values are accepted."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


class Average:
    """Exponential moving average of all floating-point weights and buffers of a network.

    The pace grows with the number of updates, so that the first minutes do not weigh for ever.
    """

    def __init__(self, network: nn.Module, *, decay: float = 0.999) -> None:
        self._decay = decay
        self._updates = 0
        self.state: dict[str, Tensor] = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Takes in the network's present weights."""
        self._updates += 1
        keep = min(self._decay, (1.0 + self._updates) / (10.0 + self._updates))
        for name, value in network.state_dict().items():
            if value.dtype.is_floating_point:
                self.state[name].mul_(keep).add_(value, alpha=1.0 - keep)
            else:
                self.state[name].copy_(value)

    def snapshot(self) -> dict[str, Any]:
        """What `restore` needs."""
        return {"updates": self._updates, "state": self.state}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        self._updates = int(snapshot["updates"])
        self.state = {name: value.clone() for name, value in snapshot["state"].items()}


def save_weights(path: Path, state: Mapping[str, Tensor]) -> None:
    """A compact float16 file that a later training can start from; never needed to read cards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {
        name: value.detach().numpy().astype(np.float16)
        for name, value in state.items()
        if value.dtype.is_floating_point
    }
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load_weights(path: Path, network: nn.Module) -> None:
    """Fills a network from `save_weights`. Raises BadData where names or shapes do not fit."""
    own = network.state_dict()
    with np.load(path) as stored:
        wanted = {name for name, value in own.items() if value.dtype.is_floating_point}
        if wanted != set(stored.files) or any(stored[name].shape != tuple(own[name].shape) for name in wanted):
            raise BadData(f"{path.name} holds the weights of another network.", advice="Train without warm start.")
        for name in wanted:
            own[name].copy_(torch.from_numpy(stored[name].astype(np.float32)))


__all__ = ["Average", "load", "load_weights", "save", "save_weights"]
