"""The manifest: what all shards together are."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scar_core.errors import DatasetError
from scar_core.leads import LEADS
from scar_core.store.files import read_manifest, sha256_of, write_json
from scar_core.store.layout import ABSENT, MANIFEST, PLAN, RECEIPT, SHARDS, STEP, VERSION
from scar_core.store.shard import read_receipt


def shard_name(number: int) -> str:
    """Folder of a shard below ``shards``."""
    return f"{number:05d}"


def parts_of(folder: Path) -> list[dict[str, Any]]:
    """What was packed into a folder by each call; empty where no packing was finished."""
    return list(read_manifest(folder)["parts"]) if (folder / MANIFEST).is_file() else []


def add_part(folder: Path, part: dict[str, Any], about: Mapping[str, Any]) -> None:
    """Write the manifest of a store that has this part, all of whose shards are finished.

    Args:
        folder: The store.
        part: First shard, number of shards and rows, digest of the rows.
        about: What the data are; a store that grows keeps what it said at first.

    Raises:
        DatasetError: Not one record is in the store; its shards are removed.
    """
    parts = parts_of(folder)
    about = read_manifest(folder)["about"] if parts else about
    parts += [part] if part not in parts else []
    home = folder / SHARDS
    names = [shard_name(number) for number in range(sum(one["shards"] for one in parts))]
    receipts = {name: read_receipt(home / name) for name in names}
    if not any(receipt["records"] for receipt in receipts.values()):
        reason = next(f["reason"] for r in receipts.values() for f in r["failed"])
        for name in names:
            shutil.rmtree(home / name)
        (folder / PLAN).unlink(missing_ok=True)
        raise DatasetError(f"not one of the records could be read; the first said: {reason}")
    manifest = _described(receipts) | {
        "about": dict(about),
        "parts": parts,
        "shards": [
            {
                "name": name,
                "records": receipt["records"],
                "bytes": sum(stated["bytes"] for stated in receipt["files"].values()),
                "sha256": sha256_of(home / name / RECEIPT),
            }
            for name, receipt in receipts.items()
        ],
    }
    write_json(folder / MANIFEST, manifest)


def _described(receipts: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    found = [receipt for receipt in receipts.values() if receipt["records"]]
    return {
        "format": "scar-store",
        "version": VERSION,
        "leads": list(LEADS),
        "values": "int16 little-endian, (lead, sample)",
        "steps": dict(STEP),
        "absent": ABSENT,
        "rates_hz": sorted({rate for receipt in found for rate in receipt["rates_hz"]}),
        "samples": [min(r["samples"][0] for r in found), max(r["samples"][1] for r in found)],
        "units": sorted({unit for receipt in found for unit in receipt["units"]}),
        "records": sum(receipt["records"] for receipt in found),
        "failed": sum(len(receipt["failed"]) for receipt in receipts.values()),
    }
