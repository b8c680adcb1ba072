"""LUDB's sentences, Georgia's folders, and the Challenge, which is for testing only."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from scar_core.datasets import dataset
from scar_core.datasets.challenge import label_of
from scar_core.datasets.ludb import codes_of
from scar_core.errors import DatasetError

STATEMENTS = {
    "Sinus rhythm": ("SR",),
    "Sinus bradycardia": ("SBRAD",),
    "Irregular sinus rhythm": ("SARRH",),
    "Atrial flutter, typical": ("AFLT",),
    "Electric axis of the heart: left axis deviation": ("LAD",),
    "Electric axis of the heart: right axis deviation": ("RAD",),
    "Electric axis of the heart: normal": (),
    "Electric axis of the heart: horizontal": (),
    "Complete left bundle branch block": ("CLBBB",),
    "Incomplete right bundle branch block": ("IRBBB",),
    "I degree AV block": ("AVB1",),
    "III degree AV-block": ("AVB3",),
    "Left anterior hemiblock": ("LAFB",),
    "Non-specific intravintricular conduction delay": ("IVCD",),
    "Atrial extrasystole: low atrial": ("PAC",),
    "Ventricular extrasystole, type: couplet": ("PVC",),
    "Left ventricular overload": ("LVH",),
    "Left ventricular hypertrophy": ("LVH",),
    "Right atrial overload": ("RAE",),
    "Unipolar ventricular pacing": ("PACE",),
    "Unipolar atrial pacing": (),
    "P-synchrony": (),
    "STEMI: septal": ("AMI", "ACUTEMI", "STE"),
    "STEMI: inferior wall": ("IMI", "ACUTEMI", "STE"),
    "Scar formation: posterior wall": ("MI", "OLDMI"),
    "Ischemia: lateral wall": ("ISC",),
    "Undefined ischemia/scar/supp.NSTEMI: lateral wall": (),
    "Non-specific repolarization abnormalities: apical": ("NST",),
    "Early repolarization syndrome": (),
}


@pytest.mark.parametrize(("statement", "codes"), STATEMENTS.items())
def test_what_a_statement_says(statement: str, codes: tuple[str, ...]) -> None:
    assert codes_of(statement) == codes_of(f"  {statement.upper()} ") == codes


def test_no_statement_of_the_real_table_is_passed_over_by_mistake(real_ecg: Path) -> None:
    silent = Counter[str]()
    with (real_ecg / "ludb" / "ludb.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            for column, cell in row.items():
                if column in ("ID", "Sex", "Age"):
                    continue
                for line in filter(None, map(str.strip, cell.split("\n"))):
                    if not codes_of(line):
                        silent[line.lower().partition(":")[0]] += 1
    assert set(silent) == {
        "aberrant conduction", "early repolarization syndrome", "electric axis of the heart",
        "p-synchrony", "sinoatrial blockade, undefined", "undefined ischemia/scar/supp.nstemi",
        "unipolar atrial pacing", "wandering atrial pacemaker",
    }  # fmt: skip


def test_ludb_leaves_open_what_its_experts_left_open(real_ecg: Path) -> None:
    examples = dataset("ludb").examples(real_ecg, "train")
    assert len(examples) == 200
    assert Counter(code for e in examples for code in e.positive)["SR"] == 143
    for example in examples:
        assert "SR" in example.positive | example.negative and example.report
        if "undefined ischemia" in example.report.lower():
            assert not example.negative & {"ISC", "MI", "OLDMI"}
        elif "ISC" not in example.positive:
            assert "ISC" in example.negative


def test_georgia_says_what_is_there_and_little_of_what_is_not(
    tmp_path: Path, real_ecg: Path
) -> None:
    examples = dataset("georgia").examples(real_ecg, "train")
    assert len(examples) == 64 and all(example.positive for example in examples)
    rhythms = {"SR", "SBRAD", "STACH", "AFIB", "AFLT"}
    assert all(example.negative <= rhythms for example in examples)
    (tmp_path / "E1.hea").write_text("E1 12 250 2500\n# folders: sinus_rhythm|t_wave_inversion\n")
    (tmp_path / "E2.hea").write_text("E2 12 250 2500\n# folders: low_qrs_voltages\n")
    one, two = dataset("georgia").examples(tmp_path, "train")
    assert one.positive == {"SR", "TINV", "TAB", "STTC"} and one.negative == rhythms - {"SR"}
    assert two.positive == {"LVOLT"} and two.negative == frozenset()


def test_the_challenge_is_never_training_data(real_ecg: Path) -> None:
    spec = dataset("challenge")
    for split in ("train", "val"):
        with pytest.raises(DatasetError, match="only test; choose another dataset for that"):
            spec.examples(real_ecg, split)
    assert len(spec.examples(real_ecg, "test")) == 124


def test_challenge_labels_are_counted_as_in_its_index(real_ecg: Path) -> None:
    examples = dataset("challenge").examples(real_ecg, "test")
    counts = Counter(label for example in examples for label in example.labels["labels"])
    slow: Counter[str] = Counter()
    with (real_ecg / "cinc2021" / "INDEX.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            found = {label_of(code.strip()) for code in row["dx_snomed"].split(",")}
            slow.update(label for label in found if label)
    assert counts == slow
    assert sum(count >= 5 for count in counts.values()) == 15
    assert {label: counts[label] for label in ("SR", "SBRAD", "PVC", "RBBB")} == {
        "SR": 37, "SBRAD": 32, "PVC": 8, "RBBB": 5,
    }  # fmt: skip


def test_codes_that_the_challenge_scored_as_one() -> None:
    assert label_of("427172004") == label_of("17338001") == "PVC"
    assert label_of("59118001") == label_of("713427006") == "RBBB"
    assert label_of("0") is None
