"""The packed store: many records as int16 steps in a few large files, read at the disk's speed.

A store is a folder::

    MANIFEST.json            lead order, step sizes, rates, shards and their checksums
    shards/00000/
        signal.i16           every record one after another, each (lead, sample), little-endian
        index.npy            where each record lies: rows of ``layout.ENTRY``
        records.jsonl        what each record says of itself: name, metadata, notes
        table.parquet        name, patient, split, labels, findings and report of each record
        SHARD.json           length and SHA-256 of the files above, and what could not be packed

Records keep their own length, leads and rate: nothing is cut, padded or resampled unless the
packing was asked to make them alike. All records of one shape lie at equal distances, so a shard
of them is one plain array: ``numpy.memmap("signal.i16", "<i2").reshape(-1, lead, sample)``.
A value times its step is millivolt; the lowest int16 says that the sample is not present.
"""

from scar_core.store.packing import PackSettings, Row, pack
from scar_core.store.reader import Store, is_store
from scar_core.store.sampling import shard_indices

__all__ = ["PackSettings", "Row", "Store", "is_store", "pack", "shard_indices"]
