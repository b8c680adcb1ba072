"""What a chart shows, as values: nothing here knows how it is drawn.

Numbers may be None; what is None is left empty, never drawn as 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Number = float | None


@dataclass(frozen=True)
class Series:
    """One set of bars.

    Attributes:
        name: In the legend.
        values: One per label.
        low: Lower end of each interval, if known; same unit as ``values``.
        high: Upper end of each interval.
    """

    name: str
    values: Sequence[Number]
    low: Sequence[Number] | None = None
    high: Sequence[Number] | None = None


@dataclass(frozen=True)
class Bars:
    """Bars side by side, one group for each label.

    Attributes:
        title: What is shown.
        labels: One per bar, top to bottom if horizontal, else left to right.
        series: What is compared.
        x_title: Axis with its unit.
        y_title: Axis with its unit.
        horizontal: Bars lie; for long labels.
        limits: Ends of the value axis; None: from the values.
        reference: A value to compare with, drawn as a line across.
    """

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    x_title: str = ""
    y_title: str = ""
    horizontal: bool = False
    limits: tuple[float, float] | None = None
    reference: Number = None


@dataclass(frozen=True)
class Curve:
    """One line with, if known, a band around it.

    Attributes:
        name: In the legend.
        x: Where.
        y: Value.
        low: Lower edge of the band.
        high: Upper edge of the band.
    """

    name: str
    x: Sequence[float]
    y: Sequence[Number]
    low: Sequence[Number] | None = None
    high: Sequence[Number] | None = None


@dataclass(frozen=True)
class Lines:
    """Curves over a common axis.

    Attributes:
        title: What is shown.
        series: The curves.
        x_title: Axis with its unit.
        y_title: Axis with its unit.
        log_x: Whether x is logarithmic.
        limits: Ends of the y axis; None: from the values.
    """

    title: str
    series: Sequence[Curve]
    x_title: str = ""
    y_title: str = ""
    log_x: bool = False
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Heat:
    """A map such as lead × time.

    Attributes:
        title: What is shown.
        rows: Names, top to bottom.
        columns: Names, or numbers at the middle of each column.
        values: ``[row][column]``; None where nothing was read: hatched blue, never a colour of 0.
        x_title: Axis with its unit.
        y_title: Axis.
        limits: Values at the ends of the scale; maps that are compared get the same ones.
        diverging: A change: PuOr, centred at 0; else cividis.
        outlined: Stretches to frame: (row, first column, last column), counted from 0.
        unit: What the values are, beside the scale.
    """

    title: str
    rows: Sequence[str]
    columns: Sequence[str] | Sequence[float]
    values: Sequence[Sequence[Number]]
    x_title: str = ""
    y_title: str = ""
    limits: tuple[float, float] | None = None
    diverging: bool = False
    outlined: Sequence[tuple[int, int, int]] = ()
    unit: str = ""

    @property
    def ends(self) -> tuple[float, float]:
        """The values at the ends of the scale."""
        known = [v for row in self.values for v in row if v is not None and v == v]
        low, high = self.limits or (min(known, default=0.0), max(known, default=1.0))
        if self.diverging:
            reach = max(abs(low), abs(high)) or 1.0
            return -reach, reach
        return (low, high) if high > low else (low, low + 1.0)

    @property
    def frames(self) -> list[tuple[float, float, float, float]]:
        """What is outlined as (left, right, top, bottom); rows and names count from 0."""
        columns: list[str | float] = [*self.columns]
        at = [float(i) if isinstance(c, str) else float(c) for i, c in enumerate(columns)]
        half = (at[1] - at[0]) / 2 if len(at) > 1 else 0.5
        return [
            (at[first] - half, at[last] + half, row - 0.5, row + 0.5)
            for row, first, last in self.outlined
        ]


@dataclass(frozen=True)
class Group:
    """Points of one colour and shape.

    Attributes:
        name: In the legend.
        x: Where.
        y: Where.
        ids: What each point is; a selection returns these.
        hover: Text for each point; empty: its identity.
        values: A number for each point, drawn as its colour (cividis) in place of the group's own.
        x_ends: Ends of each point's interval along x, if known; for few points.
        y_ends: Likewise along y.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    ids: Sequence[str] = ()
    hover: Sequence[str] = ()
    values: Sequence[Number] | None = None
    x_ends: Sequence[tuple[float, float] | None] | None = None
    y_ends: Sequence[tuple[float, float] | None] | None = None


@dataclass(frozen=True)
class Points:
    """A scatter of points.

    Attributes:
        title: What is shown.
        groups: The points.
        arrows: Movements ``(from x, from y, to x, to y)``.
        x_title: Axis with its unit.
        y_title: Axis with its unit.
        equal: One unit is as long on both axes, as in a projection; then there are no ticks.
        limits: Values at the ends of the colour scale where groups have ``values``.
        unit: What ``values`` are, beside the scale.
        marked: Identities of points to ring.
    """

    title: str
    groups: Sequence[Group]
    arrows: Sequence[tuple[float, float, float, float]] = ()
    x_title: str = ""
    y_title: str = ""
    equal: bool = False
    limits: tuple[float, float] | None = None
    unit: str = ""
    marked: Sequence[str] = ()

    @property
    def ends(self) -> tuple[float, float]:
        """The values at the ends of the colour scale."""
        valued = [group.values for group in self.groups if group.values is not None]
        known = [v for values in valued for v in values if v is not None and v == v]
        return self.limits or (min(known, default=0.0), max(known, default=1.0))


@dataclass(frozen=True)
class Flow:
    """What went from where to where (Sankey).

    Attributes:
        title: What is shown.
        sources: Names on the left.
        targets: Names on the right.
        links: ``(source, target, value)``, counted from 0; values are not negative.
        unit: What the values are.
    """

    title: str
    sources: Sequence[str]
    targets: Sequence[str]
    links: Sequence[tuple[int, int, float]]
    unit: str = ""


@dataclass(frozen=True)
class Waterfall:
    """Contributions that add up.

    Attributes:
        title: What is shown.
        labels: Names of the contributions.
        values: Contributions.
        total: What they add up to; drawn as the last bar.
        total_name: Its label; empty: "Total".
        y_title: Axis with its unit.
    """

    title: str
    labels: Sequence[str]
    values: Sequence[float]
    total: float
    total_name: str = ""
    y_title: str = ""


@dataclass(frozen=True)
class Treemap:
    """Parts of parts as areas.

    Attributes:
        title: What is shown.
        labels: Names; one name may stand under several parents.
        parents: The parent's position in ``labels`` as its label, "" for the outermost; where a
            label stands more than once, its first place is the parent.
        values: Areas; a parent's is the sum of its children's, as given.
        colours: A number for each part, drawn as its colour (cividis); empty: by outermost parent.
        unit: What ``colours`` are, beside the scale.
    """

    title: str
    labels: Sequence[str]
    parents: Sequence[str]
    values: Sequence[float]
    colours: Sequence[Number] = ()
    unit: str = ""


Chart = Bars | Lines | Heat | Points | Flow | Waterfall | Treemap
