"""The reader under fire: other people's mails broken in many ways, and mails that no program would write.

`python -m tests.fuzz --mails 10000` reads them in real child processes with limits, draws what comes out, and keeps
every mail that breaks something. What it found once is a test by now (`tests/hostile`, `tests/test_message.py`, …).
"""
