"""Beat annotations in the MIT format: https://wfdb.io/spec/annot-files.html (checked 2025)."""

import numpy as np

_SYMBOLS = {
    1: "N", 2: "L", 3: "R", 4: "a", 5: "V", 6: "F", 7: "J", 8: "A", 9: "S", 10: "E", 11: "j",
    12: "/", 13: "Q", 34: "e", 38: "f",
}  # fmt: skip
_SKIP, _AUX = 59, 63
_NO_TIME = (60, 61, 62)  # remarks on the annotation before; their number is no interval


def beats_of(content: bytes) -> list[tuple[int, str]]:
    """Read the beats of an annotation file.

    Args:
        content: The file.

    Returns:
        Sample and symbol of each beat, in order; what marks no beat is left out.

    Raises:
        ValueError: The file is cut short, or goes back in time.
    """
    words = np.frombuffer(content[: len(content) // 2 * 2], "<u2").tolist()
    found: list[tuple[int, str]] = []
    sample = at = 0
    while at < len(words):
        code, interval = words[at] >> 10, words[at] & 0x3FF
        at += 1
        if code == interval == 0:
            return found
        if code == _SKIP:
            if at + 2 > len(words):
                break
            high, low = words[at], words[at + 1]  # the high word comes first
            jump = high << 16 | low
            sample += jump - (1 << 32 if jump >> 31 else 0)
            at += 2
        elif code == _AUX:
            at += (interval + 1) // 2
        elif code not in _NO_TIME:
            sample += interval
            if code in _SYMBOLS:
                found.append((sample, _SYMBOLS[code]))
                if len(found) > 1 and sample < found[-2][0]:
                    break
    raise ValueError("it has no end, or its times go back")
