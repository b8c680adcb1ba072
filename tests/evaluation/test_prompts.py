"""Prompts: of tasks, of files, and what is no prompt."""

from pathlib import Path

import pytest

from scar_core.datasets import dataset, dataset_names
from scar_core.errors import ConfigError
from scar_core.evaluation.prompts import default_prompts, read_prompts, task_prompts
from scar_core.findings import FINDINGS


def test_every_label_of_every_task_has_a_prompt() -> None:
    for name in dataset_names():
        for labels in dataset(name).tasks.values():
            prompts = task_prompts(name, labels)
            assert list(prompts) == list(labels)
            assert all(text.strip() for text in prompts.values())
            assert len(set(prompts.values())) >= len(labels) - 2  # SVTAC and PSVT are one to us


def test_labels_of_peoples_own_folders() -> None:
    found = task_prompts("folder@data/clinic", ("AFIB", "164873001", "our own word"))
    assert list(found.values()) == [
        FINDINGS["AFIB"].phrases[0], FINDINGS["LVH"].phrases[0], "our own word",
    ]  # fmt: skip


def test_default_prompts_are_findings() -> None:
    by_name = {finding.name: finding.phrases[0] for finding in FINDINGS.values()}
    assert default_prompts().items() <= by_name.items() and len(default_prompts()) == 30


def test_a_label_without_prompt_is_refused() -> None:
    with pytest.raises(ConfigError, match="no prompt is known for XYZ of ptbxl"):
        task_prompts("ptbxl", ("NORM", "XYZ"))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.json", b'{"AF": "atrial fibrillation", " MI ": " infarct "}',
         {"AF": "atrial fibrillation", "MI": "infarct"}),
        ("a.txt", b'{"AF": "atrial fibrillation"}', {"AF": "atrial fibrillation"}),
        ("a.txt", b"sinus rhythm\n\n  left axis \n", {"sinus rhythm": "sinus rhythm",
                                                       "left axis": "left axis"}),
        ("a.txt", "\ufeffischämie\r\nflimmern".encode(), {"ischämie": "ischämie",
                                                           "flimmern": "flimmern"}),
        ("a.json", "\ufeff{\"AF\": \"a fib\"}".encode(), {"AF": "a fib"}),
    ],
)  # fmt: skip
def test_files_that_can_be_read(
    tmp_path: Path, name: str, content: bytes, expected: dict[str, str]
) -> None:
    (tmp_path / name).write_bytes(content)
    found = read_prompts(tmp_path / name)
    assert found == expected and list(found) == list(expected)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.json", b'{"AF": ', "is no JSON"),
        ("a.json", b'["AF"]', "holds a JSON list; expected an object"),
        ("a.json", b"3", "holds a JSON int"),
        ("a.json", b"{}", "empty or no text"),
        ("a.json", b'{"AF": 3}', "empty or no text"),
        ("a.json", b'{"AF": " "}', "empty or no text"),
        ("a.json", b'{"": "AF"}', "empty or no text"),
        ("a.txt", b"", "empty or no text"),
        ("a.txt", b"\n \n", "empty or no text"),
        ("a.txt", b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_files_that_cannot(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=sentence):
        read_prompts(tmp_path / name)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(ConfigError, match="cannot be read"):
            read_prompts(path)
