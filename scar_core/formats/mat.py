"""MAT: MATLAB files without a WFDB header, such as CPSC2018's and the Challenges'.

The ECG is the variable called ``val``, ``data`` or the like, or such a field of a struct; ``fs``,
``lead_names``, ``unit``, ``sex`` and ``age`` are read where they are. Version 7.3 is HDF5.
"""

import numpy as np

from scar_core.errors import RecordError
from scar_core.formats._arrays import facts_of, record_of, signal_name
from scar_core.formats._mat import is_mat4, is_mat5, mat_variables
from scar_core.formats._source import Source
from scar_core.formats.base import Format
from scar_core.record import ECGRecord

FILE_LIMIT = 200_000_000
CPSC2018 = {"ECG.data", "ECG.sex", "ECG.age"}


def _sniff(head: bytes, name: str) -> bool:
    return is_mat4(head) or is_mat5(head)


def _read(source: Source, sampling_rate_hz: float | None) -> ECGRecord:
    content = source.read(source.name, FILE_LIMIT)
    if not _sniff(content[:256], source.name):
        msg = f"{source.name} is no MATLAB file; save it again, with 'save -v7' for instance."
        raise RecordError(msg)
    try:
        variables = mat_variables(content)
    except ValueError as error:
        msg = f"{source.name} cannot be read as a MATLAB file ({error}); get the complete file."
        raise RecordError(msg) from error
    arrays = {key: value for key, value in variables.items() if isinstance(value, np.ndarray)}
    chosen = signal_name(arrays, source.name)
    dataset = "CPSC2018" if set(variables) == CPSC2018 else ""
    rest = {key: value for key, value in variables.items() if key != chosen}
    array = arrays[chosen].squeeze()
    if array.ndim > 2:
        msg = f"{source.name} holds several records in {chosen}; save one of them alone."
        raise RecordError(msg)
    facts = facts_of(rest, dataset, 500.0)
    return record_of(array, facts, sampling_rate_hz, file=source.name, name=source.stem)


FORMAT = Format("mat", "MATLAB (.mat)", (".mat",), _sniff, _read)
