"""Where the command `tenantry` begins: before its imports, which take a while and may be interrupted like anything else.

Python by itself would answer Ctrl-C there with a traceback. The system's own answer is to end the process, and nothing is
under way yet that would need more; `api.cli.main` has its own answer from then on.
"""

import signal


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from api.cli.main import main as run  # noqa: PLC0415  # what follows the line above is the point of this module

    run()
