"""Words of the map of embeddings. ``TOOLS`` fills its page; ``SAYS`` goes to the browser.

In ``SAYS`` the browser puts values in the place of names between braces.
"""

from collections.abc import Mapping

TOOLS: Mapping[str, str] = {
    "map": "Map",
    "dragging": "What dragging does",
    "select": "Select",
    "select_help": "Drag around points to select them",
    "move": "Move",
    "move_help": "Drag the picture",
    "zoom": "Zoom",
    "closer": "Closer",
    "closer_help": "Closer (+)",
    "farther": "Farther",
    "farther_help": "Farther (−)",
    "all": "All",
    "all_help": "All points (0)",
    "none": "Select nothing",
    "none_help": "Select nothing (Escape)",
}

SAYS: Mapping[str, str] = {
    "language": "en",
    "one_record": "{n} record",
    "records": "{n} records",
    "selected": "{records} selected in every panel.",
    "selected_of": "{records} of {all} selected",
    "nothing_selected": "Nothing is selected.",
    "opened": "{record} is opened below.",
    "record": "Record {number}",
    "panel": (
        "{panel}: {about} Arrow keys go to the next point, Enter opens it, Space selects it, N "
        "selects its neighbours, G its group, plus and minus zoom, Escape selects nothing."
    ),
    "plot": "scatter plot",
    "scores": "How well groups hold together: {panel}",
    "colour": "Colour: {title}",
    "value": "{title}: {value}",
    "unknown": "{title}: unknown",
    "select_group": "Select {group}",
    "keys": (
        "Arrow keys go from point to point, Enter opens one, Space selects it, N its neighbours, "
        "G its group."
    ),
    "no_farther": "No point lies farther that way.",
    "point": "{record}: {about}.",
    "point_selected": "{record}: {about}, selected.",
}
