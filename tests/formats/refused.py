"""What a reader says of a file that it cannot read."""

import pytest

from scar_core.errors import RecordError
from scar_core.formats import open_record


def sentence_about(content: bytes, name: str) -> str:
    """The one sentence with which an upload is refused; fails if it is read, or says more."""
    with pytest.raises(RecordError) as caught:
        open_record(name, data={name: content})
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said
