"""python -m tests.fuzz [--mails 10000] [--seconds N] [--seed N] [--workers N] [--keep FOLDER]"""

import argparse
import sys
import time
from pathlib import Path

from tests.conftest import ROOT
from tests.fuzz.campaign import Report, campaign, seeds

CORPUS = ROOT.parent / "shared" / "corpus"
MEBI = 1 << 20


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m tests.fuzz", description=sys.modules["tests.fuzz"].__doc__)
    words.add_argument("--mails", type=int, default=10_000)
    words.add_argument("--seconds", type=float, default=0, help="end after this time")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--workers", type=int, default=2)
    words.add_argument("--keep", type=Path, default=Path("fuzz-found"), help="where mails go that broke something")
    asked = words.parse_args()
    began = seeds(CORPUS if CORPUS.is_dir() else None)
    until = time.monotonic() + asked.seconds if asked.seconds else 0
    report = campaign(began, asked.mails, asked.seed, workers=asked.workers, keep=asked.keep, until=until)
    sys.stdout.write(told(report, len(began), asked.seed))
    return 1 if report.broken else 0


def told(report: Report, began: int, seed: int) -> str:
    lines = [f"{report.mails} mails from {began} seeds, --seed {seed}: {report.seconds:.0f} s"]
    lines += [f"  {count:6} {ending}" for ending, count in report.endings.most_common()]
    lines += [
        f"slowest {report.slowest[0]:.1f} s (mail {report.slowest[1]})",
        f"largest reader {report.largest[0] / MEBI:.0f} MiB (mail {report.largest[1]})",
        f"longest answer {report.longest[0] / MEBI:.1f} MiB (mail {report.longest[1]})",
        f"{len(report.broken)} broke something",
        *(f"{name}: {why}" for name, why in report.broken.items()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
