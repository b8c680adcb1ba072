"""Reports become clean English text: what every method that reads text is trained on.

Pure functions of the text: no model, no randomness, no file.
"""

from scar_core.reports.clean import (
    MAX_TOKENS,
    clean_report,
    count_tokens,
    mimic_report,
    stored_report,
)
from scar_core.reports.statements import statement_name, statements_text

__all__ = [
    "MAX_TOKENS",
    "clean_report",
    "count_tokens",
    "mimic_report",
    "statement_name",
    "statements_text",
    "stored_report",
]
