"""How many files are decoded as their encodings say, beside other detectors in the same run.

The files are those that chardet (https://github.com/chardet/chardet) tests itself with; a folder's
name is the encoding of what lies in it. A file is right when the text is the one that its encoding
gives; reported when it is refused with a reason.

    python benchmarks/encodings.py [FOLDER] [--json FILE]
"""

import argparse
import codecs
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import charset_normalizer
from chardetng_py import EncodingDetector

from index.errors import UnreadableFile
from index.read import decode

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("ONRECORD_TEST_DATA", ROOT.parent / "shared" / "data"))


def normalizer(raw: bytes) -> str:
    found = charset_normalizer.from_bytes(raw).best()
    return "" if found is None else str(found)


def chardetng(raw: bytes) -> str:
    detector = EncodingDetector()
    detector.feed(raw, last=True)
    return raw.decode(detector.guess(tld=None, allow_utf8=True), "replace")


DETECTORS: dict[str, Callable[[bytes], str]] = {
    "On Record": decode,
    "chardetng": chardetng,
    "charset-normalizer": normalizer,
}


def encoding_named(folder: str) -> str | None:
    """The encoding that a folder is named by; None where Python has none of it."""
    for name in (folder, folder.rpartition("-")[0]):
        try:
            return codecs.lookup(name).name
        except LookupError:
            continue
    return None


def outcome(detect: Callable[[bytes], str], raw: bytes, expected: str) -> str:
    try:
        found = detect(raw)
    except (UnreadableFile, LookupError):
        return "reported"
    return "right" if _plain(found) == _plain(expected) else "wrong"


def _plain(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / "messy/encodings/tests")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    counts = {name: Counter[str]() for name in DETECTORS}
    seconds = dict.fromkeys(DETECTORS, 0.0)
    wrong: dict[str, list[str]] = {name: [] for name in DETECTORS}
    unknown = 0
    for path in sorted(options.folder.glob("*/*")):
        encoding = encoding_named(path.parent.name)
        if encoding is None:
            unknown += 1
            continue
        raw = path.read_bytes()
        expected = raw.decode(encoding, "replace")
        for name, detect in DETECTORS.items():
            started = time.perf_counter()
            found = outcome(detect, raw, expected)
            seconds[name] += time.perf_counter() - started
            counts[name][found] += 1
            if found != "right":
                wrong[name].append(f"{path.parent.name}/{path.name}: {found}")
    print(f"{'':20}{'right':>8}{'wrong':>8}{'reported':>10}{'share':>8}{'ms a file':>11}")
    for name, found in counts.items():
        files = found.total()
        print(
            f"{name:20}{found['right']:8}{found['wrong']:8}{found['reported']:10}"
            f"{found['right'] / files:8.3f}{1000 * seconds[name] / files:11.2f}"
        )
    print(f"\nin encodings that Python has not, and left out: {unknown}")
    print("\n".join(["On Record, not right:", *wrong["On Record"]]))
    if options.json:
        report = {"counts": counts, "seconds": seconds, "not right": wrong, "left out": unknown}
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
