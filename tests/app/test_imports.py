"""Pages leave heavy work to the worker: they load without its libraries."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_pages_load_none_of_the_heavy_libraries() -> None:
    modules = [f"pages.ui.{path.stem}" for path in sorted((ROOT / "pages" / "ui").glob("*.py"))]
    code = (
        f"import sys; [__import__(name) for name in {modules!r}];"
        "print(sorted({'torch', 'umap', 'shap', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
