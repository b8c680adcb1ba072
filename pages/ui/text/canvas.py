"""Words of the ECG canvas. ``PAPER`` fills its page; ``SAYS`` goes to the browser with the record.

In ``SAYS`` the browser puts values in the place of names between braces.
"""

from collections.abc import Mapping

PAPER: Mapping[str, str] = {
    "tools": "Paper and history",
    "layout": "Layout",
    "twelve": "12 × 1",
    "twelve_help": "Twelve leads, one below the other",
    "grid": "3 × 4 + II",
    "grid_help": "Three rows of four leads, with lead II as rhythm strip",
    "speed": "Speed",
    "mm_s": "mm/s",
    "gain": "Gain",
    "calipers": "Calipers",
    "calipers_help": "Measure milliseconds, millivolts and rate (C)",
    "history": "History",
    "undo": "Undo",
    "undo_help": "Undo (Ctrl+Z)",
    "redo": "Redo",
    "redo_help": "Redo (Ctrl+Shift+Z)",
    "clear": "Clear",
    "clear_help": "Show everything again",
    "electrodes": "Electrodes that have come off",
    "electrode_off": "Electrode off",
    "recover": "Recompute limb leads",
    "recover_help": "Any two limb leads determine the other four",
    "paper": "ECG paper",
    "ecg": (
        "12-lead ECG. Arrow keys move the cursor, Shift and arrows size it, Enter hides or shows, "
        "L hides or shows the lead, C takes calipers, Backspace undoes, Escape cancels."
    ),
    "badges": "Leads: press to hide or show one",
    "key_hidden": "hidden by you",
    "key_recomputed": "recomputed",
    "key_absent": "not recorded",
    "key_importance": "importance under each lead: less",
    "key_more": "more",
    "hidden_list": "What is hidden",
    "picture": "Save picture (PNG)",
}

SAYS: Mapping[str, str] = {
    # units
    "mv": "mV",
    "sd": "SD",
    "ms": "{ms} ms",
    "mm_mv": "mm/mV",
    "mm_sd": "mm/SD",
    "per_minute": "{rate} per minute",
    "scale": "{speed} mm/s · {gain} · one small square is {seconds} s × {height}",
    "scale_sd": "{scale}; amplitudes in SD, no millivolts: the step is {step} SD",
    # what is hidden
    "nothing_hidden": "Nothing is hidden.",
    "how_to_hide": "Nothing is hidden. Drag over the paper, or press a lead's name.",
    "stretch": "{leads} {from}–{to} s",
    "stretch_of": "{leads}, {from}–{to} s",
    "dragged": "{leads} · {from}–{to} s · {ms} ms",
    "whole_lead": "{lead}, whole lead",
    "electrode_takes": "Electrode {electrode} is off: takes {leads}",
    "show": "Show",
    "reconnect": "Reconnect",
    "undo_item": "{undo}: {item}",
    "hidden": "Hidden: {what}.",
    "hidden_head": "Hidden: {what}",
    "shown_item": "Shown again: {item}.",
    "shown": "{what} is shown again.",
    "lead_hidden": "{lead} is hidden.",
    "lost": "{lead} is lost with electrode {electrodes}: reconnect it above the paper.",
    "and": " and ",
    "everything_shown": "Everything is shown again.",
    "electrode_off_one": "Electrode {electrode} is off: {leads} is lost with it.",
    "electrode_off_many": "Electrode {electrode} is off: {leads} are lost with it.",
    "electrode_on": "Electrode {electrode} is connected again.",
    "take_off": "Take off {electrode}: {leads}",
    "put_back": "Reconnect {electrode}: {leads}",
    "recovers": "Hidden limb leads are recomputed from two visible ones and read.",
    "recovers_not": "Hidden limb leads stay hidden.",
    "too_short": "Nothing hidden: drag sideways over at least 0.04 s.",
    # the leads' names
    "show_lead": "Show lead {lead}",
    "hide_lead": "Hide lead {lead}",
    "with_electrode": "{title} (lost with an electrode)",
    "badge": "Lead {lead}, {state}",
    "badge_strip": "Lead {lead}, rhythm strip, {state}",
    "state_hidden": "hidden",
    "state_lost": "lost with an electrode",
    "state_visible": "visible",
    # on the paper
    "paper_absent": "not recorded",
    "paper_hidden": "hidden",
    "paper_off": "hidden: {electrodes} off",
    "paper_again": "recomputed",
    "paper_again_long": "recomputed from other limb leads",
    # history, cursor, picture
    "undone": "Undone. {what}",
    "redone": "Redone. {what}",
    "no_undo": "Nothing to undo.",
    "no_redo": "Nothing to redo.",
    "cancelled": "Cancelled.",
    "range": "{first} to {last}",
    "place": (
        "{lead}, {t} s. Drag sideways to hide a stretch, or press Enter to hide what the cursor "
        "covers."
    ),
    "level": "{lead} · {t} s · {level}",
    "keys": (
        "Arrows move the cursor, Shift+arrows size it, Enter hides or shows, L the whole lead, C "
        "takes calipers, Backspace undoes."
    ),
    "saved": "The picture is saved.",
    # calipers
    "caliper_keys": (
        "Calipers: drag on a lead, or use the keys. Arrows move an end, Shift+arrows further, "
        "Enter takes the other end, T sets it on the trace, M marches, Page Up and Down change the "
        "lead, Escape leaves. {figures}"
    ),
    "caliper_away": "Calipers are put away: dragging hides again.",
    "first_end": "{figures}. First end at {t} s, {level}.",
    "second_end": "{figures}. Second end at {t} s, {level}.",
}
