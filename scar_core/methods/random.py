"""Random weights: SCAR as it is before any training, the row that every table needs.

Ours. What an untrained model reaches is what the architecture, the prompts and chance give away.
"""

from scar_core.methods import scar
from scar_core.methods.base import MethodSpec

METHOD = MethodSpec(
    name="random",
    title="Random weights",
    source="SCAR's architecture, never trained",
    configure=scar.METHOD.configure,
    build=scar.METHOD.build,
    settings_for=scar.METHOD.settings_for,
    contract=scar.METHOD.contract,
    reads_amplitude=scar.METHOD.reads_amplitude,
    training={"steps": 0, "simulated_records": 256},
)
