"""Words that several pages share."""

TABLE = "The same as a table"
SAVE = "Save"
SAVE_HELP = "Save the picture or its numbers"
FORMATS = {
    "png": "Picture (PNG)",
    "svg": "Drawing (SVG)",
    "pdf": "Page (PDF)",
    "csv": "Numbers (CSV)",
    "json": "Numbers (JSON)",
}
NOT_READ = "not read"
TOTAL = "Total"
EMPTY_CHART = "There are no numbers to draw yet."
BY_KEYBOARD = "Pick by keyboard"
PICK_LABEL = "Bar"
PICK_SERIES = "Series"
PICK_ROW = "Row"
PICK_COLUMN = "Column"
PICK_GROUPS = "Groups"
PICK_NOTHING = "nothing"
PICK = "Pick"
PICK_CLEAR = "Pick nothing"


def first_rows(shown: int, n: int) -> str:
    """Say that a table was cut."""
    return f"The first {shown:,} of {n:,} rows; the saved numbers have them all."


def range_of(axis: str) -> str:
    """Name the two ends of an axis."""
    return f"{axis}: from, to"
