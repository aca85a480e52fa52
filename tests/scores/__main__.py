"""Write `tests/SCORES.md` anew; a lower score is refused unless `--even-lower` says that it is meant."""

import sys

from tests.scores.table import CORPUS, TABLE, compute, lower, written

if __name__ == "__main__":
    fresh = compute(CORPUS)
    fallen = lower(TABLE.read_text(encoding="utf-8"), fresh) if TABLE.exists() else []
    if fallen and "--even-lower" not in sys.argv:
        sys.exit("These scores would fall:\n" + "\n".join(fallen))
    TABLE.write_text(written(fresh), encoding="utf-8")
