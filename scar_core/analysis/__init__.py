"""Counterfactual questions about one record, and what a method's answer rests on."""
