"""Evaluation: prompts, zero-shot answers, calibration, and figures with their uncertainty."""
