"""docs/verify_dossier.py, run as a court would run it: on a sealed ZIP, and on ones that somebody has been at."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.documents.archive import zipped
from app.domain.dossier_package import Part, in_order, manifest
from app.domain.ledger import canonical
from tests.domain.test_dossier_package import NOW, case, event, file, made

SCRIPT = Path(__file__).resolve().parents[1] / "docs/verify_dossier.py"
Entries = dict[str, bytes]


async def sealed() -> bytes:
    """A ZIP as it is handed over."""
    content = b"rooster van april"
    digest = hashlib.sha256(content).digest()
    row = file("rooster één.txt", size=len(content), sha256=digest, object_key="key")
    whole = made(case(event("decision.sent", texts={"reasons": "Daarom."}), files=[row]))
    parts = in_order([*whole.parts, Part.of("dossier.pdf", "application/pdf", b"%PDF-1.7")])
    files = [Part.of("manifest.json", "application/json", manifest(whole, parts, NOW)), *parts]

    async def opened(_: str) -> Any:
        yield content

    async with zipped(files, opened) as archive:
        return b"".join([chunk async for chunk in archive])


def run(tmp_path: Path, archive: bytes, *more: str) -> tuple[int, str]:
    """The script alone in a folder, without anything of ours to import."""
    (tmp_path / "dossier.zip").write_bytes(archive)
    shutil.copy(SCRIPT, tmp_path / "verify.py")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", "dossier.zip", *more],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def entries_of(archive: bytes) -> Entries:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zip_of(*entries: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return made.getvalue()


def listing(entries: Entries, name: str, path: str, **changed: Any) -> tuple[tuple[str, bytes], ...]:
    """The same files with one under another name, also in the manifest."""
    said = json.loads(entries["manifest.json"])
    for part in said["parts"]:
        if part["path"] == name:
            part.update({"path": path, **changed})
    rest = [(path if each == name else each, content) for each, content in entries.items() if each != "manifest.json"]
    return (("manifest.json", canonical(said).encode()), *rest)


def altered(archive: bytes) -> bytes:
    place = archive.index(b"rooster van april")
    return archive[:place] + b"R" + archive[place + 1 :]


def changed(entries: Entries) -> bytes:
    return zip_of(*{**entries, "decisions.json": entries["decisions.json"].replace(b"Daarom", b"Zomaar")}.items())


def removed(entries: Entries) -> bytes:
    return zip_of(*[each for each in entries.items() if each[0] != "decisions.json"])


def doubled_name(entries: Entries) -> bytes:
    twice = entries["manifest.json"].replace(b'"part":0', b'"part":0,"part":0')
    return zip_of(*{**entries, "manifest.json": twice}.items())


def hidden(archive: bytes) -> bytes:
    """A file between the others that the directory does not name."""
    stray = zip_of(("geheim.txt", b"x"))
    body = stray[: stray.index(b"PK\x01\x02")]
    return body + archive


def linked(entries: Entries) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o120777 if name == "decisions.json" else 0o100644) << 16
            archive.writestr(info, content)
    return made.getvalue()


TAMPERED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a byte": (altered, "is veranderd"),
    "a file": (lambda it: changed(entries_of(it)), "is veranderd"),
    "added": (lambda it: zip_of(*entries_of(it).items(), ("extra.txt", b"x")), "'extra.txt' is toegevoegd"),
    "removed": (lambda it: removed(entries_of(it)), "'decisions.json' ontbreekt"),
    "no manifest": (lambda it: zip_of(*[*entries_of(it).items()][1:]), "manifest.json ontbreekt"),
    "no ledger": (lambda it: zip_of(("manifest.json", b'{"format":"gehoor-dossier/1","parts":[]}')), "ledger.json"),
    "empty": (lambda _: b"", "geen heel ZIP-bestand"),
    "half": (lambda it: it[: len(it) // 2], "geen heel ZIP-bestand"),
    "duplicate entry": (
        lambda it: zip_of(*entries_of(it).items(), ("decisions.json", entries_of(it)["decisions.json"])),
        "staat er twee keer in",
    ),
    "duplicate but for its case": (lambda it: zip_of(*entries_of(it).items(), ("Decisions.JSON", b"{}")), "twee keer"),
    "duplicate in the manifest": (lambda it: doubled_name(entries_of(it)), "niet te lezen"),
    "manifest with spaces": (
        lambda it: zip_of(*{**entries_of(it), "manifest.json": entries_of(it)["manifest.json"] + b" "}.items()),
        "geen manifest van",
    ),
    "path up": (
        lambda it: zip_of(*listing(entries_of(it), "decisions.json", "../decisions.json")), "geen veilige bestandsnaam",
    ),
    "absolute path": (
        lambda it: zip_of(*listing(entries_of(it), "decisions.json", "/etc/passwd")), "geen veilige bestandsnaam",
    ),
    "path of Windows": (lambda it: zip_of(*listing(entries_of(it), "decisions.json", "..\\d")), "geen veilige"),
    "folder": (lambda it: zip_of(*entries_of(it).items(), ("map/", b"")), "geen veilige bestandsnaam"),
    "link": (lambda it: linked(entries_of(it)), "geen gewoon bestand"),
    "compressed": (lambda it: zip_of(*entries_of(it).items(), method=zipfile.ZIP_DEFLATED), "niet opgeslagen"),
    "before": (hidden, "tussen de bestanden"),
    "behind": (lambda it: it + b"meer", "achter het ZIP-bestand"),
    "other sizes": (
        lambda it: zip_of(*listing(entries_of(it), "decisions.json", "decisions.json", size="1")), "zoals het hoort",
    ),
    "ledger of another": (
        lambda it: zip_of(*listing(entries_of(it), "decisions.json", "decisions.json", size=1)), "is veranderd",
    ),
}  # fmt: skip


async def test_a_sealed_dossier_is_whole(tmp_path: Path) -> None:
    archive = await sealed()
    digest = hashlib.sha256(entries_of(archive)["manifest.json"]).hexdigest()
    for more in ((), ("--manifest-sha256", digest), ("--manifest-sha256", digest.upper())):
        status, said = run(tmp_path, archive, *more)
        assert (status, said.splitlines()) == (0, [f"SHA-256 van manifest.json: {digest}", "De verzegeling klopt."])


async def test_the_hash_of_the_receipt_decides(tmp_path: Path) -> None:
    status, said = run(tmp_path, await sealed(), "--manifest-sha256", "0" * 64)
    assert status == 1 and "heeft een ander controlegetal" in said
    assert run(tmp_path, await sealed(), "--manifest-sha256", "kort")[0] == 2


async def test_another_manifest_that_fits_its_files_has_another_hash(tmp_path: Path) -> None:
    archive = await sealed()
    entries = entries_of(archive)
    digest = hashlib.sha256(entries["manifest.json"]).hexdigest()
    content = entries["decisions.json"].replace(b"Daarom", b"Zomaar")
    told = listing(entries, "decisions.json", "decisions.json", sha256=hashlib.sha256(content).hexdigest())
    forged = zip_of(*[(name, content if name == "decisions.json" else each) for name, each in told])
    assert run(tmp_path, forged)[0] == 0
    status, said = run(tmp_path, forged, "--manifest-sha256", digest)
    assert status == 1 and "heeft een ander controlegetal" in said


async def test_a_ledger_of_another_moment_is_found(tmp_path: Path) -> None:
    entries = entries_of(await sealed())
    said = json.loads(entries["manifest.json"])
    said["ledger"]["sequence"] += 1
    status, told = run(tmp_path, zip_of(*{**entries, "manifest.json": canonical(said).encode()}.items()))
    assert status == 1 and "hoort niet bij dit manifest" in told


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", TAMPERED)
async def test_what_somebody_has_been_at_is_found(name: str, tmp_path: Path) -> None:
    tamper, fault = TAMPERED[name]
    status, said = run(tmp_path, tamper(await sealed()))
    assert (status, fault in said) == (1, True), said


async def test_the_same_files_are_the_same_bytes() -> None:
    assert await sealed() == await sealed()
