"""Prediction beside PyTorch and onnxruntime (`python -m benchmarks.serving`)."""
