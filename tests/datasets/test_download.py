"""Downloads from a server that serves, stalls, truncates and lies."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scar_core.cli import main
from scar_core.datasets import dataset
from scar_core.datasets._download import Wish, download, plan
from scar_core.datasets._fetch import Patience, Server
from scar_core.datasets._sums import parse_sums, safe_name
from scar_core.datasets.base import SUBSET
from scar_core.errors import DatasetError
from tests.datasets.server import FileServer

QUICK = Patience(timeout_s=0.4, tries=3, pause_s=0.01)
BIG = bytes(range(256)) * 300
SHA = hashlib.sha256(BIG).hexdigest()


def ludb_files(n: int = 4) -> dict[str, bytes]:
    """What a tiny LUDB would be: tables, and three files a record."""
    files = {"ludb.csv": b"ID,Rhythms\n" + b"".join(b"%d,Sinus rhythm\n" % i for i in range(n))}
    files["RECORDS"] = b"".join(b"data/%d\n" % i for i in reversed(range(n)))
    for i in range(n):
        for kind in ("hea", "dat", "i"):
            files[f"data/{i}.{kind}"] = f"{kind} of {i} ".encode() * 50
    return files


def fetched(server: FileServer, moods: list[str], target: Path, had: bytes = b"") -> bytes:
    """Fetch BIG from a server in these moods, with so much of it here already."""
    server.files["big.dat"] = BIG
    server.moods["big.dat"] = moods
    if had:
        target.with_name("big.dat.part").write_bytes(had)
    Server(server.base, QUICK).fetch("big.dat", target, SHA)
    return target.read_bytes()


@pytest.mark.parametrize(
    "moods",
    [
        [],
        ["truncate"],
        ["truncate", "truncate", "truncate", "truncate"],
        ["stall"],
        ["503", "429"],
        ["nothing", "truncate", "nothing", "nothing"],
        ["lie"],
        ["truncate", "lie"],
        ["truncate", "ignores ranges"],
        ["truncate", "wrong range"],
        ["trickle"],
    ],
    ids=" then ".join,
)
def test_what_passes_is_waited_for(server: FileServer, moods: list[str], tmp_path: Path) -> None:
    assert fetched(server, list(moods), tmp_path / "big.dat") == BIG
    assert [path.name for path in tmp_path.iterdir()] == ["big.dat"]


def test_only_the_rest_is_asked_for(server: FileServer, tmp_path: Path) -> None:
    assert fetched(server, ["truncate"], tmp_path / "big.dat", BIG[:1000]) == BIG
    middle = 1000 + (len(BIG) - 1000) // 2
    assert server.requests("big.dat") == ["bytes=1000-", f"bytes={middle}-"]


def test_what_is_here_may_be_whole_or_wrong_already(server: FileServer, tmp_path: Path) -> None:
    assert fetched(server, [], tmp_path / "big.dat", BIG) == BIG
    assert fetched(server, [], tmp_path / "big.dat", BIG + b"more") == BIG
    assert fetched(server, [], tmp_path / "big.dat", b"something else") == BIG


@pytest.mark.parametrize(
    ("moods", "sentence", "kept"),
    [
        (["lie"] * 9, r"is not what the server's checksums promise .* 2 times", False),
        (["nothing"] * 9, "broke off after 0 of 76800 bytes; what arrived is kept", True),
        (["503"] * 9, "the server answers 503", False),
        (["stall", *["nothing"] * 9], "what arrived is kept", True),
        (["403"], "does not give .* to everybody", False),
        (["404"], "is not to be had", False),
        (["redirect ftp://127.0.0.1/x"], "less safe; it is not followed", False),
        (["redirect file:///etc/passwd"], "is not to be had", False),
    ],
)
def test_what_does_not_is_said(
    server: FileServer, moods: list[str], sentence: str, kept: bool, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match=sentence):
        fetched(server, moods, tmp_path / "big.dat")
    assert not (tmp_path / "big.dat").exists()
    assert (tmp_path / "big.dat.part").exists() == kept


def test_a_server_that_never_ends_is_left(server: FileServer, tmp_path: Path) -> None:
    server.files["big.dat"] = BIG
    server.moods["big.dat"] = ["endless"]
    with pytest.raises(DatasetError, match="grew beyond 1,000,000 bytes"):
        Server(server.base, replace(QUICK, largest=1_000_000)).fetch(
            "big.dat", tmp_path / "big.dat", SHA
        )


def test_https_never_goes_on_as_http(tmp_path: Path) -> None:
    from http.client import HTTPMessage
    from io import BytesIO
    from urllib.request import Request

    from scar_core.datasets._fetch import _NoDowngrade

    asked = Request("https://example.org/a")
    follow = _NoDowngrade().redirect_request
    with pytest.raises(DatasetError, match="less safe"):
        follow(asked, BytesIO(), 302, "Found", HTTPMessage(), "http://example.org/a")
    assert follow(asked, BytesIO(), 302, "Found", HTTPMessage(), "https://example.org/b")


@pytest.mark.parametrize("base", ["file:///etc/", "ftp://x/", "example.org", ""])
def test_other_addresses_are_refused(base: str) -> None:
    with pytest.raises(DatasetError, match="none of https:// or http://"):
        Server(base)


@pytest.mark.parametrize(
    "name",
    ["../x", "a/../../x", "/etc/passwd", "C:/x", "C:x", "a\\..\\x", "~/x", "a//b", "", ".", "a/.",
     "a\0b", "a\nb", "x.part", "con:", "a/ /b", "\\\\host\\x", "..", "a/.. /b"],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(DatasetError, match="does not lie below"):
        safe_name(name, "there")


@given(st.lists(st.text("ab./\\~: .", min_size=1, max_size=5), max_size=4))
def test_every_name_that_passes_stays_below(parts: list[str]) -> None:
    try:
        name = safe_name("/".join(parts), "there")
    except DatasetError:
        return
    home = Path("/home/folder")
    assert (home / name).resolve().is_relative_to(home) and (home / name) != home


def test_lists_that_are_none_are_refused() -> None:
    with pytest.raises(DatasetError, match="that is not a list of checksums"):
        parse_sums("<html>please log in</html>", "there")
    assert parse_sums(f"{'A' * 64} *./a b\n\n{'0' * 64}  c\n", "x") == {
        "a b": "a" * 64,
        "c": "0" * 64,
    }


def test_a_whole_dataset(server: FileServer, tmp_path: Path) -> None:
    server.put(ludb_files())
    told: list[tuple[int, int, int]] = []
    wish = Wish(tmp_path, server.base, patience=QUICK)
    folder = download(dataset("ludb"), wish, lambda *now: told.append(now))
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == {*server.files, ".verified.tsv"}
    for name, content in server.files.items():
        assert (folder / name).read_bytes() == content
    assert told[-1][:2] == (14, 14) and told[-1][2] == sum(map(len, ludb_files().values()))
    assert told == sorted(told)
    server.asked.clear()
    assert download(dataset("ludb"), wish) == folder
    assert [name for name, _ in server.asked] == ["SHA256SUMS.txt"]


def test_a_download_that_failed_goes_on(server: FileServer, tmp_path: Path) -> None:
    server.put(ludb_files())
    server.moods["data/2.dat"] = ["truncate", *["nothing"] * 5]
    wish = Wish(tmp_path, server.base, jobs=1, patience=QUICK)
    with pytest.raises(DatasetError, match=r"data/2\.dat could not be fetched"):
        download(dataset("ludb"), wish)
    with pytest.raises(DatasetError, match="is incomplete: the files of 1 of 4 train examples"):
        dataset("ludb").examples(tmp_path, "train")
    server.moods.clear()
    server.asked.clear()
    folder = download(dataset("ludb"), wish)
    assert (folder / "data/2.dat").read_bytes() == server.files["data/2.dat"]
    assert server.requests("data/2.dat") == ["bytes=225-"]
    assert "data/0.dat" not in {name for name, _ in server.asked}
    assert len(dataset("ludb").examples(tmp_path, "train")) == 4


def test_some_records_and_then_the_rest(server: FileServer, tmp_path: Path) -> None:
    server.put(ludb_files())
    wish = Wish(tmp_path, server.base, records=2, patience=QUICK)
    folder = download(dataset("ludb"), wish)
    assert sorted(path.name for path in folder.glob("data/*")) == sorted(
        f"{i}.{kind}" for i in (2, 3) for kind in ("hea", "dat", "i")
    )
    assert json.loads((folder / SUBSET).read_text()) == {"records": 2}
    assert {e.name for e in dataset("ludb").examples(tmp_path, "train")} == {"2", "3"}
    download(dataset("ludb"), replace(wish, records=None))
    assert not (folder / SUBSET).exists()
    assert len(dataset("ludb").examples(tmp_path, "train")) == 4


def test_files_that_are_here_and_damaged_are_fetched_again(
    server: FileServer, tmp_path: Path
) -> None:
    server.put(ludb_files())
    wish = Wish(tmp_path, server.base, patience=QUICK)
    folder = download(dataset("ludb"), wish)
    (folder / "data/1.dat").write_bytes(b"rotten")
    download(dataset("ludb"), wish)
    assert (folder / "data/1.dat").read_bytes() == server.files["data/1.dat"]


def test_a_part_of_a_server(server: FileServer, tmp_path: Path) -> None:
    server.put({f"validation/{name}": content for name, content in ludb_files().items()})
    server.put({"training/a.dat": b"a", "other.csv": b"b"})
    wish = Wish(tmp_path, server.base, patience=QUICK)
    folder = download(dataset("cinc2017"), wish)
    assert (folder / "data/3.dat").is_file() and not (folder / "a.dat").exists()
    assert not list(folder.rglob("other.csv"))


@pytest.mark.parametrize("name", ["../evil.dat", "/evil.dat", "data/../../evil.dat"])
def test_a_server_cannot_write_elsewhere(server: FileServer, name: str, tmp_path: Path) -> None:
    server.put({**ludb_files(), name: b"evil"})
    with pytest.raises(DatasetError, match="nothing is fetched from there"):
        download(dataset("ludb"), Wish(tmp_path, server.base, patience=QUICK))
    assert not list(tmp_path.rglob("evil.dat"))


def test_a_link_in_the_folder_is_not_followed(server: FileServer, tmp_path: Path) -> None:
    server.put(ludb_files())
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "root" / "ludb").mkdir(parents=True)
    (tmp_path / "root" / "ludb" / "data").symlink_to(outside)
    with pytest.raises(DatasetError, match="leads out of"):
        download(dataset("ludb"), Wish(tmp_path / "root", server.base, patience=QUICK))
    assert not list(outside.iterdir())


def test_what_belongs_to_a_record() -> None:
    names = ["RECORDS", "a/1_a.dat", "a/1_b.dat", "a/1.hea", "a/1.atr", "a/2.hea", "a/2.mat", "t_x"]
    sums = dict.fromkeys(names, "0")
    assert set(plan(sums, [], 1).sums) == {"RECORDS", "t_x", *names[1:5]}
    assert set(plan(sums, ["a/2", "a/7"], 1).sums) == {"RECORDS", "t_x", "a/2.hea", "a/2.mat"}
    assert plan(sums, [], 9).records == 2 and plan(sums, [], None).sums == sums


def test_the_command_line(
    server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.put(ludb_files())
    asked = ["data", "download", "ludb", "--root", str(tmp_path), "--base-url", server.base]
    assert main([*asked, "--records", "1"]) == 0
    shown = capsys.readouterr()
    assert "holds Lobachevsky" in shown.out and "6 of 6 files" not in shown.out
    assert "of 5 files" in shown.err
    assert main([*asked, "--records", "0"]) == 2
    assert "error: 0 records by 4 jobs" in capsys.readouterr().err
    assert main(["data", "download", "code15", "--root", str(tmp_path)]) == 2
    assert "on no PhysioNet-shaped server; to get it: mkdir" in capsys.readouterr().err
    assert main([*asked[:-1], "ftp://127.0.0.1/"]) == 2
    assert "none of https:// or http://" in capsys.readouterr().err
