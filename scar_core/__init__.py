"""SCAR Explorer's library: ECG–language models, and what they still know when signal is missing."""

__version__ = "0.1.0"
