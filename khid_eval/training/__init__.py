"""Synthetic cards -> ONNX models (extra `train`). Nothing imports this room."""
