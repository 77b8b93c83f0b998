"""What a person is told when a program cannot go on, and other programs that we run."""

import os
import subprocess


class Refused(Exception):
    """What a person has to mend; its text is one or more lines, no traceback."""


# uv over a slow line takes the longest.
LONGEST = 1500


def run(*argv: str, stdin: str = "", check: bool = True, timeout: float = LONGEST) -> subprocess.CompletedProcess[str]:
    """Run a program with a plain locale; a failure's last lines become the refusal's text."""
    env = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONNOUSERSITE": "1"}
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, env=env, check=False, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise Refused(f"{os.path.basename(argv[0])} was not done within {timeout:.0f} seconds") from None
    if check and done.returncode != 0:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        raise Refused(f"{os.path.basename(argv[0])} ended with status {done.returncode}:\n{tail}")
    return done
