"""English of the searches for the worst loss and for the smallest one."""

from collections.abc import Mapping
from typing import Any

from pages.ui.words import in_text, lead_names, percent

SEARCH_FINDING = "About"
SEARCH_ANY = "The whole answer"
BUDGET = "Hide at most, of what was recorded"
BUDGET_HELP = "Counted in patches of 0.2 s on one lead."
WORST_BUTTON = "Find the worst loss"
FLIP_BUTTON = "Find the smallest loss that changes the answer"
WORST_HELP = "Hides the whole budget where it does most harm."
FLIP_HELP = (
    "Hides as little as it can until another finding is the likeliest, or the one chosen "
    "crosses 0.5."
)
SEARCHING = "Searching: some thousand masks are answered. The paper can still be used."
SEARCH_ABOUT = (
    "Both searches look at SCAR's answer to the whole record, whatever is hidden now, and put what "
    "they find on the paper; Undo takes it back. MERL and MELP read all leads at once, so that no "
    "search of this kind is exact for them."
)


def worst_found(found: Mapping[str, Any]) -> str:
    """Say what the search for the worst loss found, and what it looked at."""
    random = found["random"]
    if found["objective"] == "impact":
        said = f"changes the answer by {found['checked']:.2g} (mean Jensen–Shannon divergence)"
        mean = f"{random['mean']:.2g}"
    else:
        name = in_text(found["objective"].removeprefix("drop of "))
        said = f"takes {found['checked']:.2f} from {name}"
        mean = f"{random['mean']:.2f}"
    worse = random["share_worse"]
    return (
        f"Hiding {percent(found['budget'])} here {said}, confirmed by reading the record anew. "
        f"{found['candidates']:,} masks were tried, each the best next step from the last; "
        f"{random['count']:,} random masks of the same size took {mean} on average, and "
        f"{percent(worse) if worse else 'none'} of them did more. This does not prove that nothing "
        "worse exists."
    )


def flip_found(found: Mapping[str, Any]) -> str:
    """Say what the search for the smallest flip found, and what it looked at."""
    wanted = found["wanted"]
    tried = f"{found['candidates']:,} masks and all 4,095 lead sets were tried"
    if not found["found"]:
        share = percent(found["budget"])
        return (
            f"Not found: {tried}, and under no loss of up to {share} it happened that {wanted}. "
            "Allow more, and search again."
        )
    (old, p_old), (new, p_new) = found["before"], found["after"]
    leads = found["leads"]
    whole = (
        f" Losing whole leads, the fewest that do it are {lead_names(leads)} (exact)."
        if leads
        else ""
    )
    minimal = "every patch of it is needed, but " if found["minimal"] else ""
    return (
        f"After hiding {percent(found['share'])} of the recording ({found['seconds_hidden']:.1f} s "
        f"of single leads), {wanted}: the likeliest was {in_text(old)} ({p_old:.2f}) and is "
        f"{in_text(new)} ({p_new:.2f}), confirmed by reading the record anew. {tried}; {minimal}"
        f"this does not prove that nothing smaller exists.{whole}"
    )
