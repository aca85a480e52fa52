"""python -m tests.hostile [WORD]: read every mail made to hurt whose name has the word in it, the slowest last."""

import sys

from tests.fuzz.campaign import Measured
from tests.hostile import read_all
from tests.hostile.files import FILES
from tests.hostile.pages import PAGES
from tests.hostile.shapes import SHAPES


def main() -> int:
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    makers = {name: make for name, make in {**SHAPES, **FILES, **PAGES}.items() if word in name}
    found, bad = [], 0
    for name, ending in read_all(makers):
        if isinstance(ending, Measured) and not ending.ending.startswith("later"):
            found.append(
                (ending.seconds, f"{ending.seconds:6.1f} s {ending.peak >> 20:5} MiB  {name:.60}  {ending.ending}")
            )
        else:
            bad += 1
            found.append((999.0, f"BROKEN  {name:.60}  {ending}"))
        sys.stderr.write(f"\r{len(found)} of {len(makers)}")
    sys.stdout.write(
        "\n".join(["", *(line for _, line in sorted(found)), f"{len(found)} mails, {bad} without an ending", ""])
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
