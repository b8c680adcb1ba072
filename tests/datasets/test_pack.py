"""Datasets of any kind of file become stores, and are read from them as before."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from scar_core.commands._pack import add_pack
from scar_core.datasets import dataset
from scar_core.datasets.base import DatasetSpec, Example
from scar_core.datasets.pack import contents, examples_of_store
from scar_core.errors import DatasetError
from scar_core.formats import open_record
from scar_core.simulate.write import write_records
from scar_core.store import Store, is_store, pack
from tests.store.made import content, same

ROOT = Path(__file__).parents[2]
CSV = "time,I,II,V1\n" + "".join(
    f"{at / 100:.2f},{np.sin(at / 9):.4f},{np.cos(at / 7):.4f},{np.sin(at / 5) * 2:.4f}\n"
    for at in range(300)
)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of datasets in which there are simulated records only."""
    root = tmp_path_factory.mktemp("data")
    write_records(root / "simulated", 12, seed=0, rate_hz=100)
    return root


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A clinic's directory: two formats, and a file that is none."""
    home = tmp_path / "own"
    home.mkdir()
    write_records(home, 2, seed=1, rate_hz=100)
    (home / "c.csv").write_text(CSV)
    (home / "bad.csv").write_text("I,II\nx,y\n")
    (home / "INDEX.csv").write_text(
        "path,patient,split,report,rhythm\n"
        "sim0001_00000.hea,p1,train,erster,AFIB\n"
        "sim0001_00001.hea,p1,train,,SR;STACH\n"
        "c.csv,p2,test,,my own word\n"
        "bad.csv,p3,train,,SR\n"
    )
    return home


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "scar_core", "data", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def everything(spec: DatasetSpec, root: Path) -> list[Example]:
    return [example for split in spec.splits for example in spec.examples(root, split)]


def packed(name: str, root: Path, out: Path) -> Store:
    rows, about = contents(dataset(name), root)
    return pack(rows, out, about=about)


def assert_equal_examples(spec: DatasetSpec, files: Path, store: Path) -> None:
    """All that training and evaluation ask of an example is the same from either."""
    for split in spec.splits:
        original = {example.name: example for example in spec.examples(files, split)}
        found = spec.examples(store, split)
        assert [example.name for example in found] == list(original)
        for example in found:
            expected = original[example.name]
            for what in ("patient", "split", "positive", "negative", "labels", "report", "origin"):
                assert getattr(example, what) == getattr(expected, what), what
            same(example.read(), expected.read())
            assert example.read().metadata == expected.read().metadata


def test_simulated_records_are_read_from_either(simulated: Path, tmp_path: Path) -> None:
    packed("simulated", simulated, tmp_path / "simulated")
    assert_equal_examples(dataset("simulated"), simulated, tmp_path)
    assert_equal_examples(dataset("simulated"), simulated, tmp_path / "simulated")


def test_a_packed_store_can_be_packed_again(simulated: Path, tmp_path: Path) -> None:
    """The steps are the same, so nothing more is lost."""
    packed("simulated", simulated, tmp_path / "one")
    packed("simulated", tmp_path / "one", tmp_path / "two")
    one, two = Store.open(tmp_path / "one"), Store.open(tmp_path / "two")
    for number in range(len(one)):
        assert one.read(number).fingerprint() == two.read(number).fingerprint()


def test_any_readable_files_are_packed_and_the_rest_is_listed(own: Path, tmp_path: Path) -> None:
    store = packed(f"folder@{own}", own, tmp_path / "out")
    assert [failure.name for failure in store.failures()] == ["bad.csv"]
    examples = {example.name: example for example in examples_of_store(store)}
    assert examples.keys() == {"sim0001_00000.hea", "sim0001_00001.hea", "c.csv"}
    record = examples["c.csv"].read()
    same(record, open_record(own / "c.csv"))
    chest = record.signal[record.lead_names.index("V1")]
    assert chest[:3] == pytest.approx([0, 0.3973, 0.7788], abs=6e-4)
    assert examples["c.csv"].split == "test"
    assert examples["c.csv"].labels == {"rhythm": ("my own word",)}
    assert "AFIB" in examples["sim0001_00000.hea"].positive
    assert examples["sim0001_00000.hea"].report == "erster"


def test_a_store_of_another_dataset_is_refused(simulated: Path, tmp_path: Path) -> None:
    packed("simulated", simulated, tmp_path / "ludb")
    with pytest.raises(DatasetError, match="holds simulated packed, not ludb"):
        dataset("ludb").examples(tmp_path, "train")


def test_the_command_packs_and_verifies(simulated: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("pack", "simulated", "--root", simulated, "--out", out, "--workers", 2,
               "--split", "train", "--seconds", 5, "--rate", 50)  # fmt: skip
    assert done.returncode == 0, done.stderr
    n = len(dataset("simulated").examples(simulated, "train"))
    assert f"{out} holds {n} records in 1 shards" in done.stdout
    assert f"{n} of {n} records, 0 failed" in done.stderr
    assert Store.open(out).batch([0])[0].shape == (1, 12, 250)
    sound = run("verify-pack", out)
    assert (sound.returncode, sound.stderr) == (0, "")
    assert "are what was packed" in sound.stdout
    with (out / "shards/00000/signal.i16").open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"\x07\x07")
    damaged = run("verify-pack", out)
    assert damaged.returncode == 1
    assert "signal.i16 is not what was packed (records sim0000_00000)" in damaged.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("pack", "nothing", "--out", "OUT"), "there is no dataset 'nothing'"),
        (("pack", "simulated", "--out", "OUT", "--split", "dev"), "has no dev split"),
        (("pack", "simulated", "--out", "OUT", "--seconds", "-1"), "seconds of a packing is -1.0"),
        (("verify-pack", "OUT"), "is no packed store"),
    ],
)
def test_the_command_refuses_with_a_sentence(
    simulated: Path, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """Through the parser alone: the command line prints the text of any ``ScarError``."""
    parser = argparse.ArgumentParser()
    add_pack(parser.add_subparsers(required=True))
    given = [str(tmp_path / "out") if word == "OUT" else word for word in arguments]
    given += ["--root", str(simulated)] if arguments[0] == "pack" else []
    parsed = parser.parse_args(given)
    with pytest.raises(DatasetError, match=sentence):
        parsed.action(parsed)
    assert not is_store(tmp_path / "out")


def test_a_killed_command_goes_on(simulated: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["pack", "simulated", "--root", str(simulated), "--out", str(out), "--workers", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "scar_core", "data", *command],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not list(out.glob("shards/.*.part")) and time.monotonic() < until:
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    if not is_store(out):
        with pytest.raises(DatasetError, match="was not packed to its end"):
            Store.open(out)
    assert run(*command).returncode == 0
    packed("simulated", simulated, tmp_path / "whole")
    assert content(out) == content(tmp_path / "whole")


@pytest.mark.parametrize("name", ["ptbxl", "challenge", "ludb", "georgia"])
def test_real_records_are_the_same_from_either(real_ecg: Path, tmp_path: Path, name: str) -> None:
    """Every kind of record that is at hand: z-scored, flat leads, 15 leads, 1000 Hz."""
    spec = dataset(name)
    rows, about = contents(spec, real_ecg)
    chosen = rows[:: max(1, len(rows) // 12)]
    store = pack(chosen, tmp_path / "store", about=about)
    assert store.failures() == ()
    assert store.verify() == ()
    for number, row in enumerate(chosen):
        same(store.read(number), row.read())
    shutil.rmtree(tmp_path / "store")
