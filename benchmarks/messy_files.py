"""What becomes of each of many odd files: read, or reported with its reason.

    python benchmarks/messy_files.py [FOLDER …]

The default is the feeds, PDFs, office files and web crawls of the test data.
"""

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path

from index import Failure, Silent
from index.read import find_files, read_all

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("ONRECORD_TEST_DATA", ROOT.parent / "shared" / "data"))
KINDS = ("feeds", "pdf", "office", "warc")


def main() -> int:
    parser = argparse.ArgumentParser(description="What becomes of each of many odd files.")
    parser.add_argument(
        "folders", nargs="*", type=Path, default=[DATA / "messy" / kind for kind in KINDS]
    )
    options = parser.parse_args()
    print("| folder | files | read | reported | articles | seconds |\n|---|---|---|---|---|---|")
    reasons: Counter[tuple[str, str]] = Counter()
    for folder in options.folders:
        files = [one for one in find_files([str(folder)]) if isinstance(one, Path)]
        names = [str(one) for one in files]
        read: set[str] = set()
        failed: set[str] = set()
        articles, started = 0, time.perf_counter()
        for found in read_all(files, Silent()):
            path = max((one for one in names if found.path.startswith(one)), key=len)
            if isinstance(found, Failure):
                failed.add(path)
                reasons[folder.name, found.reason] += 1
            else:
                read.add(path)
                articles += 1
        unheard = set(names) - read - failed
        seconds = time.perf_counter() - started
        print(
            f"| {folder.name} | {len(files)} | {len(read)} | {len(failed - read)} | {articles} |"
            f" {seconds:.1f} |"
        )
        if unheard:
            print(f"\nneither read nor reported: {sorted(unheard)}")
            return 1
    print("\n| folder | reason | times |\n|---|---|---|")
    for (folder, reason), times in sorted(reasons.items()):
        print(f"| {folder} | {reason} | {times} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
