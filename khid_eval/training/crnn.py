"""The line recogniser's network, and its export to ONNX written out by hand.

By hand, because the exported graph then has what the runtime needs and the tracer does not give: batch norms folded
into the convolutions, and the length of each line handed to the LSTM, so that padding changes no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from khid_eval.engine.alphabet import TOKENS
from khid_eval.engine.recognise import COLUMNS_PER_STEP, HEIGHT_PX


@dataclass(frozen=True, slots=True)
class _Layer:
    """A convolution; residual: two of them with a way around, same size in and out."""

    out: int
    kernel: tuple[int, int] = (3, 3)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (1, 1)
    residual: bool = False


# The height goes 48 -> 24 -> 24 -> 12 -> 6 -> 1. It is halved late: Khmer marks above and below are a few pixels high.
_LAYERS = (
    _Layer(24, (5, 5), (2, 2), (2, 2)),
    _Layer(48, stride=(1, 2)),
    _Layer(80, stride=(2, 1)),
    _Layer(80, residual=True),
    _Layer(128, stride=(2, 1)),
    _Layer(128, residual=True),
    _Layer(256, (6, 1), padding=(0, 0)),
)
_HIDDEN = 192


class _Normed(nn.Sequential):
    """A convolution and its batch norm."""

    def __init__(self, channels: int, layer: _Layer) -> None:
        conv = nn.Conv2d(channels, layer.out, layer.kernel, layer.stride, layer.padding, bias=False)
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        super().__init__(conv, nn.BatchNorm2d(layer.out))


class _Plain(nn.Module):
    """Convolution, norm, ReLU."""

    def __init__(self, channels: int, layer: _Layer) -> None:
        super().__init__()
        self.convs = nn.ModuleList([_Normed(channels, layer)])

    def forward(self, value: Tensor) -> Tensor:
        return nn.functional.relu(self.convs[0](value), inplace=True)


class _Residual(nn.Module):
    """Two convolutions around which the value goes unchanged; the second begins as nothing, so the way is free."""

    def __init__(self, channels: int, layer: _Layer) -> None:
        super().__init__()
        self.convs = nn.ModuleList([_Normed(channels, layer), _Normed(layer.out, layer)])
        nn.init.zeros_(self.convs[1][1].weight)  # type: ignore[index]  # a Sequential of conv and norm

    def forward(self, value: Tensor) -> Tensor:
        inner = nn.functional.relu(self.convs[0](value), inplace=True)
        return nn.functional.relu(value + self.convs[1](inner), inplace=True)


class Crnn(nn.Module):
    """Convolutions, one bidirectional LSTM, one linear layer. (N, 1, 48, W) -> (W / 2, N, C) log-probabilities."""

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        channels = 1
        for layer in _LAYERS:
            blocks.append((_Residual if layer.residual else _Plain)(channels, layer))
            channels = layer.out
        self.encoder = nn.Sequential(*blocks)
        self.lstm = nn.LSTM(channels, _HIDDEN, bidirectional=True)
        self.head = nn.Linear(2 * _HIDDEN, COLUMNS_PER_STEP * len(TOKENS))

    def forward(self, lines: Tensor) -> Tensor:
        """lines: (N, 1, 48, W) float32, W a multiple of 4."""
        columns = self.encoder(lines).squeeze(2).permute(2, 0, 1)
        states, _ = self.lstm(columns)
        steps, count = states.shape[:2]
        twice = self.head(states).view(steps, count, COLUMNS_PER_STEP, len(TOKENS)).transpose(1, 2)
        answer: Tensor = twice.reshape(-1, count, len(TOKENS)).log_softmax(-1)
        return answer


def _folded(block: nn.Module) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weight and bias of a convolution with its batch norm folded in."""
    conv, norm = block[0], block[1]  # type: ignore[index]  # a Sequential of conv and norm
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = conv.weight * scale[:, None, None, None]
    bias = norm.bias - norm.running_mean * scale
    return weight.detach().numpy().astype(np.float32), bias.detach().numpy().astype(np.float32)


def _lstm_arrays(lstm: nn.LSTM) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """W, R and B of ONNX's LSTM: both directions, gates in the order input, output, forget, cell."""

    def gates(name: str) -> NDArray[np.float32]:
        value = getattr(lstm, name).detach().numpy()
        i, f, g, o = np.split(value, 4)
        return np.asarray(np.concatenate([i, o, f, g]), np.float32)

    ends = ("l0", "l0_reverse")
    return (
        np.stack([gates(f"weight_ih_{end}") for end in ends]),
        np.stack([gates(f"weight_hh_{end}") for end in ends]),
        np.stack([np.concatenate([gates(f"bias_ih_{end}"), gates(f"bias_hh_{end}")]) for end in ends]),
    )


def _conv_nodes(network: Crnn, weights: dict[str, NDArray[np.generic]]) -> tuple[list[onnx.NodeProto], str]:
    """The encoder's nodes and the name of their last value."""
    nodes: list[onnx.NodeProto] = []
    value = "lines"
    for number, (block, layer) in enumerate(zip(network.encoder, _LAYERS, strict=True)):
        entered = value
        for part, conv in enumerate(block.convs):  # type: ignore[arg-type]  # a ModuleList
            name = f"conv{number}_{part}"
            weights[f"{name}_w"], weights[f"{name}_b"] = _folded(conv)
            nodes.append(
                helper.make_node(
                    "Conv",
                    [value, f"{name}_w", f"{name}_b"],
                    [name],
                    kernel_shape=layer.kernel,
                    strides=layer.stride,
                    pads=[*layer.padding, *layer.padding],
                )
            )
            value = name
            if layer.residual and part == 1:
                nodes.append(helper.make_node("Add", [entered, value], [f"around{number}"]))
                value = f"around{number}"
            nodes.append(helper.make_node("Relu", [value], [f"relu{number}_{part}"]))
            value = f"relu{number}_{part}"
    return nodes, value


def to_onnx(network: Crnn, *, version: str) -> onnx.ModelProto:
    """The network in evaluation mode. Inputs: lines (N, 1, 48, W) float32 and steps (N,) int32, of each line; output:
    log_probs (W / 4, N, 2, C): the columns of a step follow each other. version: kept in the file.
    """
    weights: dict[str, NDArray[np.generic]] = {}
    nodes, value = _conv_nodes(network, weights)
    weights["lstm_w"], weights["lstm_r"], weights["lstm_b"] = _lstm_arrays(network.lstm)
    weights["head_w"] = network.head.weight.detach().numpy().T.copy()
    weights["head_b"] = network.head.bias.detach().numpy()
    weights["row_axis"] = np.array([2], np.int64)
    weights["flat"] = np.array([0, 0, 2 * _HIDDEN], np.int64)
    weights["apart"] = np.array([0, 0, COLUMNS_PER_STEP, len(TOKENS)], np.int64)
    nodes += [
        helper.make_node("Squeeze", [value, "row_axis"], ["squeezed"]),
        helper.make_node("Transpose", ["squeezed"], ["sequence"], perm=[2, 0, 1]),
        helper.make_node(
            "LSTM",
            ["sequence", "lstm_w", "lstm_r", "lstm_b", "steps"],
            ["states"],
            hidden_size=_HIDDEN,
            direction="bidirectional",
        ),
        helper.make_node("Transpose", ["states"], ["beside"], perm=[0, 2, 1, 3]),  # (T, N, 2, H)
        helper.make_node("Reshape", ["beside", "flat"], ["joined"]),
        helper.make_node("MatMul", ["joined", "head_w"], ["product"]),
        helper.make_node("Add", ["product", "head_b"], ["logits"]),
        helper.make_node("Reshape", ["logits", "apart"], ["beside_columns"]),
        helper.make_node("LogSoftmax", ["beside_columns"], ["log_probs"], axis=-1),
    ]
    graph = helper.make_graph(
        nodes,
        "recogniser",
        [
            helper.make_tensor_value_info("lines", TensorProto.FLOAT, ["n", 1, HEIGHT_PX, "width"]),
            helper.make_tensor_value_info("steps", TensorProto.INT32, ["n"]),
        ],
        [helper.make_tensor_value_info("log_probs", TensorProto.FLOAT, ["steps", "n", COLUMNS_PER_STEP, len(TOKENS)])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    model.producer_name, model.producer_version = "khid_eval.training.recogniser", version
    onnx.checker.check_model(model)
    return model


@torch.no_grad()
def _largest_difference(network: Crnn, path: Path) -> float:
    """Between the probabilities of torch and ONNX Runtime on noise that fills the whole width."""
    session = ort.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    worst = 0.0
    for width in (64, 400):
        lines = torch.randn(2, 1, HEIGHT_PX, width, generator=torch.Generator().manual_seed(width))
        (answer,) = session.run(None, {"lines": lines.numpy(), "steps": np.full(2, width // 4, np.int32)})
        answer = answer.transpose(0, 2, 1, 3).reshape(-1, 2, len(TOKENS))
        worst = max(worst, float(np.abs(np.exp(answer) - np.exp(network(lines).numpy())).max()))
    return worst


def export(network: Crnn, path: Path, *, version: str) -> float:
    """Writes the ONNX file and reads two lines with it and with torch. Returns the largest difference of probability.

    Raises RuntimeError where they differ by more than 0.001: then the file is not kept.
    """
    network.eval()
    partial = path.with_suffix(".partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.write_bytes(to_onnx(network, version=version).SerializeToString())
    difference = _largest_difference(network, partial)
    if difference > 1e-3:
        partial.unlink()
        raise RuntimeError(f"ONNX and torch differ by {difference:.2g} in probability")
    partial.replace(path)
    return difference


__all__ = ["Crnn", "export", "to_onnx"]
