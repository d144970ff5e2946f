"""Run a program that ends when whoever started it ends, however that happens.

python leash.py PARENT PROGRAM ARGUMENT…: asks the kernel for SIGTERM at the parent's death, then
becomes the program. Started as a file of its own, so that it loads next to nothing.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int, ending: signal.Signals) -> None:
    """Ask the kernel to send `ending` when the parent process dies.

    parent: who it should be; if it died before we could ask, we leave at once.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(ending), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]), signal.SIGTERM)
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 no shell is wanted
