"""Words around every page: product, worker."""

PRODUCT = "SCAR Explorer"
STARTING = "The worker is starting."
LOADING = "The worker is loading its model."
STARTING_AGAIN = "The worker is starting again."
READY = "The worker is ready."
START = "Start the worker"
START_AGAIN = "Start the worker again"


def soon(says: str) -> str:
    """Say that answers will come by themselves."""
    return f"{says} Answers appear here by themselves."


def no_answers(says: str) -> str:
    """Say that there are no answers, and why."""
    return f"No answers can be computed now. {says}"


def no_model(reason: str) -> str:
    """Say why the worker has no model."""
    return f"The worker could not load its model: {reason.rstrip('.')}."
