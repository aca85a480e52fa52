"""Run a program and weigh it: `python -m bench.reaper SECONDS RESULT COMMAND…`.

What a program leaves behind when it ends (a server of forks, a killed pool) would be counted nowhere. This process
adopts all of it, waits for it, and writes the whole sum. After SECONDS everything is killed.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

ADOPT = 36  # PR_SET_CHILD_SUBREAPER
GRACE = 30  # seconds for what is left behind


def main(patience: str, result: str, *command: str) -> None:
    ctypes.CDLL(None).prctl(ADOPT, 1, 0, 0, 0)
    signal.signal(signal.SIGALRM, lambda *_: kill_children())
    start = time.perf_counter()
    program = subprocess.Popen(command).pid
    signal.alarm(int(patience))
    wall, code = 0.0, 0
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            break
        if pid == program:
            wall, code = time.perf_counter() - start, os.waitstatus_to_exitcode(status)
            signal.alarm(GRACE)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    Path(result).write_text(json.dumps({"status": code, "wall": wall, "cpu": used.ru_utime + used.ru_stime}))


def kill_children() -> None:
    for child in Path("/proc/self/task", str(os.getpid()), "children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
    signal.alarm(1)  # their own children are ours now


if __name__ == "__main__":
    main(*sys.argv[1:])
