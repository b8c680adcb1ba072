"""Words of the Attribution page."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from pages.ui.words import in_text, joined, lead_names
from scar_core.missing import Scenario

PAGE = "Attribution"
TITLE = "What does a finding rest on, and do the explanations agree?"
CHOOSE = "Choose an ECG, or open a file, to begin."
READING = "Explaining the finding …"

ACCOUNTS = {
    "selector": "Selector weights",
    "gradient-input": "Gradient × input",
    "shap-gradient": "SHAP, expected gradients",
    "shap-permutation": "SHAP, hiding cells",
    "shapley-leads": "Exact lead Shapley",
    "random": "Random order",
}
SAYS = {
    "selector": (
        "Says how much each place counts in the whole answer; it cannot say for or against which "
        "finding."
    ),
    "gradient-input": (
        "Says how the finding's similarity would react to a slightly larger signal; it cannot say "
        "what happens when a part is really gone."
    ),
    "shap-gradient": (
        "Says what takes a flat line to this ECG, along straight ways between both; it cannot say "
        "anything about ECGs, because a half-faded one is none."
    ),
    "shap-permutation": (
        "Says what each second of each lead adds to the probability when cells are hidden in "
        "sampled orders; it cannot be exact, other orders would differ a little."
    ),
    "shapley-leads": (
        "Says exactly what each lead adds to the probability, averaged over all orders in which "
        "leads could come; it cannot say when within a lead."
    ),
}
UNITS = {
    "selector": "%",
    "gradient-input": "similarity × 100",
    "shap-gradient": "similarity × 100",
    "shap-permutation": "points",
}
MANY = "Explain many records at once: a job"
LEAD = "Lead"
SECONDS = "Time (s)"

SIDE = "Accounts side by side, by lead and second"
SIDE_NOTE = (
    "Each map has its own scale, because each account has its own unit. Purple speaks for the "
    "finding, orange against it. Compare patterns, not values."
)
FRAMED = "Framed: leads in which the simulated finding shows."
SLOW = "SHAP takes seconds to minutes and is computed when you ask for it."
COMPUTE = "Compute SHAP"
MORE = "Compute again with these orders"
ORDERS = "Orders of hiding"
ORDERS_HELP = "More orders are steadier and take longer in proportion."
NOT_YET = "Not computed yet: press “Compute SHAP” above."
COMPUTING_GRADIENT = "SHAP, expected gradients …"

EXACT = "What each lead adds, exactly"
WATERFALL = "From no lead to all of them"
NO_LEAD = "No lead"
ALL_LEADS = "All leads"
POINTS_AXIS = "Probability (%)"
NEEDS_BRUTE = (
    "This method reads all leads together, so exact values take 4,095 readings of the record: "
    "about half a minute."
)
BRUTE = "Compute exact values"
BRUTE_RUNNING = "Reading the record under all 4,095 sets of leads …"

LEADS = "Lead by lead"
LEADS_CHART = "Share of each account by lead"
LEADS_AXIS = "Share of the account (%)"
LEADS_NOTE = (
    "Each account is divided by the sum of its sizes, so that accounts of different units can "
    "stand side by side; bars below 0 speak against the finding."
)

AGREE = "Do they agree?"
MATRIX_LEADS = "Rank correlation over leads"
MATRIX_CELLS = "Rank correlation over cells"
CORRELATION = "Spearman"
MATRIX_NOTE = "1: the same order; 0: no relation; −1: the opposite order."
DELETION = "Deletion: the weightiest cells go first"
INSERTION = "Insertion: the weightiest cells come first"
CURVE_X = "Cells (%)"
CURVE_Y = "Probability (%)"
AREAS = "Mean probability under both curves"
AREA_DELETION = "Deletion (less is better)"
AREA_INSERTION = "Insertion (more is better)"
CURVES_NOTE = (
    "A cell is one second of one lead. An account is faithful if taking away what it calls "
    "important makes the probability fall at once, and giving that back makes it rise at once. "
    "An order at random stands beside them. Accounts without cells have no curve."
)


def signed(value: float, decimals: int = 0) -> str:
    """Write a number with its sign, and the sign that minus has in print."""
    return f"{value:+.{decimals}f}".replace("-", "−")


def took(seconds: float) -> str:
    """Say how long an account took."""
    said = f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
    return f"Took {said}."


def averaged(seconds: float, orders: int) -> str:
    """Say how long sampled orders took."""
    many = f"{orders} orders" if orders > 1 else "1 order"
    return f"{took(seconds)[:-1]} for {many}, each walked both ways."


def walking(done: int, of: int) -> str:
    """Say how far the orders are."""
    return f"SHAP, hiding cells: {done} of {of} orders …"


def under(scenario: Scenario) -> str:
    """Say that part of the record is hidden."""
    return f"Explained is the answer to what is left: {scenario.describe()}."


def sentence(
    answer: Mapping[str, Any], leads: Mapping[str, float] | None, pairs: Mapping[str, float]
) -> str:
    """Say the probability, which leads it rests on, and how far accounts agree.

    Args:
        answer: Of inquiry ``attribution``.
        leads: Exact Shapley values in probability; None if they are not there.
        pairs: Rank correlations of accounts over leads.
    """
    name = in_text(answer["finding"])
    said = (
        f"{name[0].upper()}{name[1:]} has probability {answer['probability']:.2f} here, and "
        f"{answer['neutral']:.2f} with nothing to read."
    )
    if leads:
        said += f" {adds(leads)}"
    return f"{said} {agreeing(pairs)}" if pairs else said


def adds(leads: Mapping[str, float]) -> str:
    """Say which leads speak for and against."""
    order = sorted(leads, key=lambda lead: -leads[lead])
    most = [lead for lead in order[:3] if leads[lead] >= 0.005]
    against = order[-1]
    told = joined([f"{lead} ({signed(100 * leads[lead])})" for lead in most])
    said = f"Most for it speak {told} points" if most else "No lead speaks clearly for it"
    if leads[against] <= -0.005:
        said += f"; {against} speaks most against it ({signed(100 * leads[against])})"
    return f"{said}."


def agreeing(pairs: Mapping[str, float]) -> str:
    """Say how far accounts agree on the order of leads."""
    low, high = min(pairs.values()), max(pairs.values())
    word = "agree well" if low >= 0.6 else "hardly agree" if high < 0.4 else "agree in part"
    if len(pairs) == 1:
        return f"The two accounts {word} on the order of leads (rank correlation {signed(low, 2)})."
    spread = f"{signed(low, 2)} to {signed(high, 2)}"
    return f"The accounts {word} on the order of leads (rank correlations {spread})."


def interactions(pairs: Sequence[Sequence[Any]]) -> str:
    """Say which leads say more together, and which stand in for each other."""
    together = max(pairs, key=lambda pair: float(pair[2]))
    apart = min(pairs, key=lambda pair: float(pair[2]))
    said = []
    if together[2] >= 0.005:
        said.append(
            f"{together[0]} and {together[1]} say more together than one by one "
            f"({signed(100 * together[2], 1)} points)"
        )
    if apart[2] <= -0.005:
        said.append(
            f"{apart[0]} and {apart[1]} say much the same, so one can stand in for the other "
            f"({signed(100 * apart[2], 1)} points)"
        )
    return f"{joined(said)}." if said else "No two leads depend on each other noticeably."


def exact(found: Mapping[str, Any]) -> str:
    """Say what the exact values come from."""
    how = "each read anew" if found["brute_force"] else "all from one encoding"
    return (
        f"From {found['subsets']:,} sets of leads, {how}. {took(found['seconds'])} The parts add "
        f"up from {found['neutral']:.2f} to {found['full']:.2f}."
    )


def map_alt(account: str, finding: str, leads: Mapping[str, float]) -> str:
    """Describe an account's map."""
    top = sorted(leads, key=lambda lead: -leads[lead])[:3]
    return (
        f"{ACCOUNTS[account]} of {in_text(finding)} by lead and second; largest on "
        f"{lead_names(top)}."
    )


def waterfall_alt(found: Mapping[str, Any]) -> str:
    """Describe the exact values."""
    told = ", ".join(f"{lead} {signed(100 * value, 1)}" for lead, value in found["leads"].items())
    return (
        f"From {100 * found['neutral']:.1f} % with no lead to {100 * found['full']:.1f} % with "
        f"all: {told} points."
    )


def leads_alt(accounts: Mapping[str, Mapping[str, float]]) -> str:
    """Describe the bars of accounts by lead."""
    told = "; ".join(
        f"{ACCOUNTS[name]}: most on {max(leads, key=lambda lead: leads[lead])}"
        for name, leads in accounts.items()
    )
    return f"{LEADS_CHART}. {told}."


def matrix_alt(title: str, pairs: Mapping[str, float]) -> str:
    """Describe a matrix of rank correlations."""
    told = "; ".join(
        f"{' and '.join(ACCOUNTS[one] for one in pair.split(' / '))}: {signed(value, 2)}"
        for pair, value in pairs.items()
    )
    return f"{title}. {told}."


def curves_alt(title: str, curves: Mapping[str, Mapping[str, Any]]) -> str:
    """Describe curves by their areas."""
    told = "; ".join(f"{ACCOUNTS[name]}: {curve['area']:.2f}" for name, curve in curves.items())
    return f"{title}. Mean probability: {told}."


def faithful(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Say which account is most faithful by both curves."""
    gains = {
        name: found["insertion"][name]["area"] - found["deletion"][name]["area"]
        for name in found["deletion"]
    }
    best = max(gains, key=lambda name: gains[name])
    if best == "random":
        return "No account is more faithful than an order at random."
    return (
        f"Most faithful here: {ACCOUNTS[best].lower() if best != 'shap' else best} (mean "
        f"probability {found['deletion'][best]['area']:.2f} while its cells go, "
        f"{found['insertion'][best]['area']:.2f} while they come; at random "
        f"{found['deletion']['random']['area']:.2f} and "
        f"{found['insertion']['random']['area']:.2f})."
    )


def pairs_of(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return all pairs of accounts."""
    return list(combinations(names, 2))
