"""Controleert of een verzegeld dossier nog precies is wat er is overgedragen. Heeft alleen Python 3.9 of later nodig.

    python verify_dossier.py dossier.zip [--manifest-sha256 HEX]

Het controlegetal van manifest.json staat op het ontvangstbewijs van elke partij; geef het mee, of vergelijk het zelf.
Eindigt met 0 als de verzegeling klopt, met 1 en de eerste fout als dat niet zo is, en met 2 bij een verkeerde aanroep.

Checks that a sealed dossier is still exactly what was handed over; needs nothing but Python. Exit status: 0, 1 or 2.
"""

import argparse
import hashlib
import json
import re
import struct
import sys
import zipfile
import zlib

FORMAT = "gehoor-dossier/1"
MANIFEST = "manifest.json"
MANIFEST_BYTES = 64 * 1024 * 1024
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
END = struct.Struct("<4s4H2IH")
CHUNK = 1024 * 1024
HEX = re.compile("[0-9a-f]{64}")


class Fault(Exception):
    """Why the seal does not hold."""


def verify(path, expected=None):
    """The SHA-256 of the manifest. Raises Fault."""
    try:
        with open(path, "rb") as raw, zipfile.ZipFile(raw) as archive:
            entries = names(archive)
            layout(raw, archive)
            sealed = content(archive, entries, MANIFEST, MANIFEST_BYTES)
            digest = hashlib.sha256(sealed).hexdigest()
            if expected is not None and digest != expected.strip().lower():
                raise Fault(f"{MANIFEST} heeft een ander controlegetal dan het ontvangstbewijs: {digest}")
            manifest = parsed(sealed)
            parts(archive, entries, manifest)
            ledger(archive, entries, manifest)
            return digest
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise Fault(f"dit is geen heel ZIP-bestand ({error})") from error


def names(archive):
    """The entries by name: each once, none that would be unpacked elsewhere, no link and nothing encrypted."""
    found, folded = {}, set()
    for entry in archive.infolist():
        name = entry.filename
        if name.casefold() in folded:
            raise Fault(f"{shown(name)} staat er twee keer in")
        folded.add(name.casefold())
        if not safe(name) or entry.orig_filename != name:
            raise Fault(f"{shown(name)} is geen veilige bestandsnaam")
        if entry.flag_bits & 1 or (entry.external_attr >> 16) & 0o170000 not in (0, 0o100000):
            raise Fault(f"{shown(name)} is geen gewoon bestand")
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise Fault(f"{shown(name)} is niet opgeslagen zoals een verzegeld dossier dat doet")
        found[name] = entry
    if MANIFEST not in found:
        raise Fault(f"{MANIFEST} ontbreekt")
    return found


def safe(name):
    steps = name.split("/")
    hidden = any(ord(sign) < 32 or ord(sign) == 127 or sign in '\\:*?"<>|' for sign in name)
    return not hidden and all(step not in ("", ".", "..") for step in steps)


def shown(name):
    """A name of somebody else's making, fit for a terminal."""
    return ascii(name)


def layout(raw, archive):
    """The files follow one another from the first byte, with nothing before, between or after them."""
    at = 0
    for entry in sorted(archive.infolist(), key=lambda each: each.header_offset):
        raw.seek(at)
        header = raw.read(LOCAL_HEADER.size)
        if entry.header_offset != at or len(header) < LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
            raise Fault("er staat iets tussen de bestanden dat er niet hoort")
        fields = LOCAL_HEADER.unpack(header)
        at += LOCAL_HEADER.size + fields[9] + fields[10] + entry.compress_size
    if archive.start_dir != at or archive.comment:
        raise Fault("er staat iets achter de bestanden dat er niet hoort")
    raw.seek(0, 2)
    raw.seek(raw.tell() - END.size)
    if raw.read(4) != b"PK\x05\x06":
        raise Fault("er staat iets achter het ZIP-bestand dat er niet hoort")


def content(archive, entries, name, limit):
    if entries[name].file_size > limit:
        raise Fault(f"{shown(name)} is te groot")
    return archive.read(entries[name])


def parsed(sealed):
    """The manifest: of this format, each name once, in the one way in which it can be written."""
    try:
        manifest = json.loads(sealed, object_pairs_hook=once)
        again = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Fault(f"{MANIFEST} is niet te lezen ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or again != sealed:
        raise Fault(f"{MANIFEST} is geen manifest van {FORMAT}")
    listed = manifest.get("parts")
    if not isinstance(listed, list) or not all(is_part(each) for each in listed):
        raise Fault(f"{MANIFEST} noemt de bestanden niet zoals het hoort")
    return manifest


def once(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def is_part(part):
    return (
        isinstance(part, dict)
        and isinstance(part.get("path"), str)
        and type(part.get("size")) is int
        and isinstance(part.get("sha256"), str)
        and HEX.fullmatch(part["sha256"]) is not None
    )


def parts(archive, entries, manifest):
    """Every file is in the manifest, everything in the manifest is a file, and each is what it was."""
    known = {}
    for part in manifest["parts"]:
        if part["path"] in known or part["path"] == MANIFEST:
            raise Fault(f"{MANIFEST} noemt {shown(part['path'])} twee keer")
        known[part["path"]] = part
    for name in entries:
        if name != MANIFEST and name not in known:
            raise Fault(f"{shown(name)} is toegevoegd")
    for name, part in known.items():
        if name not in entries:
            raise Fault(f"{shown(name)} ontbreekt")
        if entries[name].file_size != part["size"] or digest_of(archive, entries[name]) != part["sha256"]:
            raise Fault(f"{shown(name)} is veranderd")


def digest_of(archive, entry):
    digest = hashlib.sha256()
    try:
        with archive.open(entry) as file:
            while data := file.read(CHUNK):
                digest.update(data)
    except zipfile.BadZipFile:
        return None  # its own checksum tells already
    return digest.hexdigest()


def ledger(archive, entries, manifest):
    """The register that goes along ends where the manifest says that it ended."""
    if "ledger.json" not in entries:
        raise Fault("'ledger.json' ontbreekt")
    try:
        told = json.loads(content(archive, entries, "ledger.json", MANIFEST_BYTES))
        ends = told["sequence"], told["head"]
        numbers = [each["sequence"] for each in told["events"]]
        whole = numbers == list(range(1, ends[0] + 1)) and told["events"][-1]["hash"] == ends[1]
        matches = ends == (manifest["ledger"]["sequence"], manifest["ledger"]["head"])
    except (LookupError, TypeError) as error:
        raise Fault("'ledger.json' is niet te lezen") from error
    if not whole or not matches:
        raise Fault("'ledger.json' hoort niet bij dit manifest")


def main():
    parser = argparse.ArgumentParser(description="Controleert de verzegeling van een dossier.")
    parser.add_argument("zip", help="het ZIP-bestand van het dossier")
    parser.add_argument("--manifest-sha256", metavar="HEX", help="het controlegetal op het ontvangstbewijs")
    given = parser.parse_args()
    if given.manifest_sha256 is not None and not HEX.fullmatch(given.manifest_sha256.strip().lower()):
        parser.error("--manifest-sha256 heeft 64 tekens, 0-9 en a-f")
    try:
        digest = verify(given.zip, given.manifest_sha256)
    except Fault as fault:
        print(f"De verzegeling klopt niet: {fault}.")
        return 1
    print(f"SHA-256 van {MANIFEST}: {digest}")
    print("De verzegeling klopt.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
