"""The errors that callers catch.

Each message is one sentence for the person who caused it: what came, what was expected, what to do.
Anything else that escapes from the library is a defect of the library.
"""


class ScarError(Exception):
    """Base of every error that the library raises on purpose; the CLI and pages show its text."""


class RecordError(ScarError):
    """A file or array that is no usable ECG record."""


class ConfigError(ScarError):
    """A setting, scenario or command-line value that cannot be used."""


class DatasetError(ScarError):
    """A dataset that is missing, incomplete or used against its role."""


class CheckpointError(ScarError):
    """A checkpoint that is missing, damaged or made for another input contract."""


class WorkerUnavailable(ScarError):  # noqa: N818 - a state of the world, not a mistake
    """The worker process cannot be reached, or refuses."""
