"""Records that pages have left with the worker, so that gestures need not send them again."""

from collections import OrderedDict

from scar_core.record import ECGRecord
from scar_core.serving.wire import MAX_RECORD_BYTES, UnknownRecord

MAX_RECORDS = 512


class RecordCache:
    """Records by fingerprint; the longest unused leave when a limit is exceeded.

    Attributes:
        n_bytes: Memory that they take.
    """

    def __init__(
        self, max_bytes: int = 4 * MAX_RECORD_BYTES, max_records: int = MAX_RECORDS
    ) -> None:
        """Start empty; both limits hold."""
        self._max_bytes = max_bytes
        self._max_records = max_records
        self._records: OrderedDict[str, ECGRecord] = OrderedDict()
        self.n_bytes = 0

    def __len__(self) -> int:
        return len(self._records)

    def put(self, record: ECGRecord) -> str:
        """Keep ``record`` and return its fingerprint."""
        key = record.fingerprint()
        if key not in self._records:
            self._records[key] = record
            self.n_bytes += _n_bytes(record)
        self._records.move_to_end(key)
        while len(self._records) > 1 and (
            self.n_bytes > self._max_bytes or len(self._records) > self._max_records
        ):
            _, oldest = self._records.popitem(last=False)
            self.n_bytes -= _n_bytes(oldest)
        return key

    def get(self, key: str) -> ECGRecord:
        """Return the record with this fingerprint.

        Raises:
            UnknownRecord: If it was never left here, or has gone since.
        """
        if key not in self._records:
            raise UnknownRecord(f"The worker does not hold the record {key[:12]!r}; send it first.")
        self._records.move_to_end(key)
        return self._records[key]


def _n_bytes(record: ECGRecord) -> int:
    return record.signal.nbytes + record.present.nbytes
