"""Change the code that decides and sanitises in thousands of small ways; each time a test has to fail: `make mutate`.

mutmut changes the functions and runs the tests that reach them. It leaves alone what stands outside of functions, which
is half of a sanitiser: there, with --tables, `tables` makes one change after the other. A change that nobody could ever see is listed in
`equivalent.toml`, with the reason, and does not count. Functions under a decorator are not changed.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tables import try_tables

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WORK = ROOT / ".mutate"
ENOUGH = 85  # per cent, in each file
# Subjects: the code, and the tests that are about it.
SUBJECTS = {
    "authorise": ("src/mailpost/authorise.py", "tests/test_authorise*.py"),
    "proof": ("src/mailpost/proof/*.py", "tests/test_proof*.py"),
    "envelope": ("src/mailpost/envelope.py", "tests/test_envelope*.py"),
    "sanitise": ("src/mailpost/sanitise/*.py", "tests/test_sanitise*.py tests/test_verifier*.py"),
}
# Tests that take more than a moment, and each of them would run some thousand times.
SLOW = """
storm costs_nothing breaks_the_reader large_mail quickly takes_long t53_a soup museum vector five_signatures any_text
any_markup every_link every_way within_the_limits again_and_again newsletter shares_nothing
"""
CAUGHT = frozenset({"killed", "timeout", "segfault"})
# Nothing may depend on chance, or on how busy this machine is.
PROFILE = """
from hypothesis import settings

settings.register_profile("mutate", deadline=None, derandomize=True, database=None, max_examples=20)
settings.load_profile("mutate")
"""
SETTINGS = """
[tool.mutmut]
source_paths = ["src/"]
only_mutate = {files}
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-k", "{wanted}"]
timeout_multiplier = 1.0
timeout_constant = 2.0
use_git_change_detection = false
"""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change and what became of it. `was` and `becomes` are the lines that differ, without their indentation."""

    path: str
    was: str
    becomes: str
    status: str


def main() -> int:
    """Return 1 where too many changes of a file were not noticed."""
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument("--processes", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument("--survivors", action="store_true", help="show every change that was not noticed")
    parser.add_argument("--tables", action="store_true", help="change what stands outside of functions as well: hours")
    parser.add_argument("subjects", nargs="*", default=[*SUBJECTS], metavar="SUBJECT", help=", ".join(SUBJECTS))
    options = parser.parse_args()
    wanted = " and ".join(f"not {word}" for word in SLOW.split())
    mutants: list[Mutant] = []
    for subject in options.subjects:
        code, about = SUBJECTS[subject]
        files, tests = [*matching(code)], [test for pattern in about.split() for test in matching(pattern)]
        prepare(files, tests, wanted)
        mutants += in_functions(files, options.processes)
        for file in files if options.tables else ():
            tried = try_tables(WORK / file, tests, wanted, options.processes)
            mutants += [Mutant(file, *change) for change in tried]
    return report(mutants, show=options.survivors)


def matching(pattern: str) -> Iterator[str]:
    return (str(path.relative_to(ROOT)) for path in sorted(ROOT.glob(pattern)))


def prepare(files: Sequence[str], tests: Sequence[str], wanted: str) -> None:
    """Work on a copy: mutmut writes beside what it changes."""
    os.chdir(ROOT)
    shutil.rmtree(WORK, ignore_errors=True)
    for folder in ("src", "tests"):
        shutil.copytree(ROOT / folder, WORK / folder, ignore=shutil.ignore_patterns("__pycache__"))
    with (WORK / "tests" / "conftest.py").open("a") as conftest:
        conftest.write(PROFILE)
    settings = SETTINGS.format(files=json.dumps(files), tests=json.dumps(tests), wanted=wanted)
    (WORK / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text() + settings)
    os.chdir(WORK)
    sys.path[:0] = [str(WORK / "src"), str(WORK)]


def in_functions(files: Iterable[str], processes: int) -> Iterator[Mutant]:
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code

    # Under CI a skipped test is a failure; here the shared corpus is out of reach.
    environment = os.environ | {"PYTHONHASHSEED": "0", "CI": "", "MAILPOST_NO_SKIP": ""}
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(processes)]
    subprocess.run(command, env=environment, check=True)  # noqa: S603 - words of our own
    for path in files:
        meta = Path("mutants", path + ".meta")
        found = json.loads(meta.read_text())["exit_code_by_key"] if meta.exists() else {}
        for name, code in found.items():
            status = status_by_exit_code[code]
            lines = [] if status in CAUGHT else get_diff_for_mutant(name, path=path).splitlines()[2:]
            was, becomes = ("\n".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
            yield Mutant(path, was, becomes, status)


def report(mutants: Iterable[Mutant], *, show: bool) -> int:
    known = tomllib.loads((HERE / "equivalent.toml").read_text())["mutant"]
    excused = {(each["was"].strip(), each["becomes"].strip()) for each in known}
    counts: dict[str, Counter[str]] = {}
    for mutant in mutants:
        same = (mutant.was, mutant.becomes) in excused
        word = "killed" if mutant.status in CAUGHT else "equivalent" if same else "survived"
        counts.setdefault(mutant.path, Counter())[word] += 1
        if show and word == "survived":
            say(f"{mutant.path}: {mutant.status}\n  - {mutant.was}\n  + {mutant.becomes}")
    say(f"\n{'':36}{'killed':>8}{'survived':>10}{'equivalent':>12}")
    for path, count in [*counts.items(), ("all", sum(counts.values(), Counter()))]:
        say(f"{path:36}{count['killed']:8}{count['survived']:10}{count['equivalent']:12}{share(count):8.1f} %")
    poor = [path for path, count in counts.items() if share(count) < ENOUGH]
    say(
        f"fewer than {ENOUGH} % noticed: {', '.join(poor)}"
        if poor
        else f"in every file {ENOUGH} % or more were noticed"
    )
    return 1 if poor else 0


def share(count: Counter[str]) -> float:
    decided = count["killed"] + count["survived"]
    return 100 * count["killed"] / decided if decided else 100.0


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
