"""Where the pieces of a flow and of a treemap lie: plain arithmetic for drawings in files."""

from collections.abc import Sequence

Box = tuple[float, float, float, float]
"""Left, top, width, height, in parts of the drawing."""
Ends = tuple[float, float]
GAP = 0.02
HEAD = 0.05
"""Height of a parent's name above its children."""


def bands(
    n_sources: int, n_targets: int, links: Sequence[tuple[int, int, float]]
) -> tuple[list[Ends], list[Ends], list[tuple[int, Ends, Ends]]]:
    """Lay a flow out between 0 and 1, from the top.

    Args:
        n_sources: Names on the left.
        n_targets: Names on the right.
        links: ``(source, target, value)``.

    Returns:
        Each source's ends, each target's, and for each link with a value its source and its ends
        on the left and on the right; heights are in proportion to values.
    """
    flows = sorted(link for link in links if link[2] > 0)
    total = sum(value for *_, value in flows) or 1.0
    room = 1.0 - GAP * max(n_sources, n_targets, 1)

    def side(n: int, part: int) -> list[Ends]:
        found, at = [], 0.0
        for i in range(n):
            height = room * sum(link[2] for link in flows if link[part] == i) / total
            found.append((at, at + height))
            at += height + GAP
        return found

    left, right = side(n_sources, 0), side(n_targets, 1)
    used_left, used_right = [a for a, _ in left], [a for a, _ in right]
    drawn = []
    for i, j, value in flows:
        height = room * value / total
        drawn.append(
            (i, (used_left[i], used_left[i] + height), (used_right[j], used_right[j] + height))
        )
        used_left[i] += height
        used_right[j] += height
    return left, right, drawn


def tiles(
    labels: Sequence[str], parents: Sequence[str], values: Sequence[float]
) -> list[tuple[int, int, bool, Box]]:
    """Lay a treemap out in the unit square; parents come before their children.

    Args:
        labels: Names.
        parents: Label of each one's parent, "" for the outermost.
        values: Areas.

    Returns:
        For each part with an area: its position, which of the outermost it belongs to (counted
        from 0), whether it has no parts of its own, and its box.
    """
    first: dict[str, int] = {}
    for i, label in enumerate(labels):
        first.setdefault(label, i)
    children: dict[int, list[int]] = {}
    for i, parent in enumerate(parents):
        above = first.get(parent, -1) if parent else -1
        children.setdefault(-1 if above == i else above, []).append(i)
    found: list[tuple[int, int, bool, Box]] = []

    def lay(parts: list[int], box: Box, outermost: int | None) -> None:
        shown = sorted((i for i in parts if values[i] > 0), key=lambda i: -values[i])
        for place, (i, inner) in enumerate(split([(i, float(values[i])) for i in shown], box)):
            branch = place if outermost is None else outermost
            below = children.get(i, [])
            found.append((i, branch, not below, inner))
            x, y, w, h = inner
            if below and h > 2 * HEAD:
                lay(below, (x + 0.004, y + HEAD, w - 0.008, h - HEAD - 0.006), branch)
            elif below:
                lay(below, inner, branch)

    lay(children.get(-1, []), (0.0, 0.0, 1.0, 1.0), None)
    return found


def split(parts: Sequence[tuple[int, float]], box: Box) -> list[tuple[int, Box]]:
    """Divide a box between parts, halving along its longer side so that pieces stay stout."""
    if not parts:
        return []
    if len(parts) == 1:
        return [(parts[0][0], box)]
    total, taken, cut = sum(value for _, value in parts), 0.0, 0
    while cut < len(parts) - 1 and (cut == 0 or taken + parts[cut][1] <= total / 2):
        taken += parts[cut][1]
        cut += 1
    share = taken / total
    x, y, w, h = box
    if w >= h:
        halves = (x, y, w * share, h), (x + w * share, y, w * (1 - share), h)
    else:
        halves = (x, y, w, h * share), (x, y + h * share, w, h * (1 - share))
    return split(parts[:cut], halves[0]) + split(parts[cut:], halves[1])
