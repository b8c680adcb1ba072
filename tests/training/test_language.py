"""The tokenizer's corpus, which no process may draw in another order."""

import os
import subprocess
import sys
from pathlib import Path

from scar_core.findings import FINDINGS
from scar_core.training.language import corpus
from tests.training.made import made_mixture

_PRINT = """
import hashlib
from scar_core.nn.text import train_tokenizer
from scar_core.training.data import Mixture
from scar_core.training.language import corpus
texts = corpus(Mixture({}, {}), 0, made=300)
print(hashlib.sha256(" ".join([*texts, train_tokenizer(texts, 500)]).encode()).hexdigest())
"""


def test_every_process_learns_the_same_tokenizer() -> None:
    """A resumed run must tell what an uninterrupted one tells."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _PRINT],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
        )
        for seed in (1, 2)
    ]
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert all(process.returncode == 0 for process in processes)
    assert said[0] == said[1] != b""


def test_the_corpus_holds_reports_and_every_wording() -> None:
    texts = corpus(made_mixture(), 0, made=5)
    assert "stored report of a made-up patient" in texts
    assert {phrase for finding in FINDINGS.values() for phrase in finding.phrases} <= set(texts)
    assert texts == corpus(made_mixture(), 0, made=5)
    assert texts != corpus(made_mixture(), 1, made=5)
