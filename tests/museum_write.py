"""Write down what the mails of the museum become today: `python -m tests.museum_write [NAME …]`.

Names choose mails; without any, all are written. What changed is for `git diff` to show and for a person to judge.
"""

import sys

from tests.test_museum import MAILS, as_toml, body_shown, exhibit, facts


def write(names: list[str]) -> None:
    for path in MAILS:
        if names and path.stem not in names:
            continue
        reading = exhibit(path)
        path.with_suffix(".html").write_text(body_shown(reading), encoding="utf-8")
        path.with_suffix(".toml").write_text(as_toml(facts(reading)), encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1:])
