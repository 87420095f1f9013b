"""khid-eval: demo, evaluation dashboard, offline engine and server for the Cambodian ID card OCR API."""

__version__ = "0.1.0"
__all__ = ["__version__"]
