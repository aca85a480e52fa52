"""Count what becomes of each mail of the campaign."""

import sys

from tests.forgery.campaign import FORGED, GENUINE, lookups, run, shown, surprises

if __name__ == "__main__":
    with lookups() as ours:
        forged = [run(group, makers, ours) for group, makers in FORGED.items()]
        honest = [run(group, makers, ours) for group, makers in GENUINE.items()]
    sys.stdout.write(f"Forged, or of robots\n{shown(forged)}\n\nGenuine\n{shown(honest)}\n")
    odd = surprises([*forged, *honest])
    sys.exit("\n".join(odd) if odd else 0)
