"""Kinds of jobs that do nothing useful, for measuring and for the tests."""
