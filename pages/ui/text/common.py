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
AWAITED = "Drawn when it is on the screen."
EMPTY_CHART = "There are no numbers to draw yet."
COPY_LINK = "Copy link"
ON_THIS_PAGE = "On this page"
LINK_FIELD = "Link to this page as it is now"
LINK_COPIED = "Copied."
LINK_BY_HAND = "Copy it from here:"
LINK_WITHOUT_UPLOAD = "Your own file stays here: the link does not carry it."
REPORT = "Report"
REPORT_HELP = "One HTML file with figures, numbers and versions, which asks nothing of the net"
NOT_MEDICAL = (
    "For research and teaching. SCAR Explorer is not a medical device and must not be used to "
    "diagnose or treat anybody."
)


def first_rows(shown: int, n: int) -> str:
    """Say that a table was cut."""
    return f"The first {shown:,} of {n:,} rows; the saved numbers have them all."


def no_such_file(kind: str, kinds: tuple[str, ...]) -> str:
    """Say that charts are not saved so."""
    return f"A chart is no {kind!r} file; choose one of {', '.join(kinds)}."
