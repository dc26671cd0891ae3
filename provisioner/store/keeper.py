"""Stops the embedded server when its last user is gone, however it went. A program of its own, run by `embedded`.

Every user holds the users' lock shared. The keeper asks for it alone, which the kernel grants at the very moment the
last user lets go, by closing or by dying. Newcomers wait until the keeper lets go in turn, and start the server again.
It uses nothing but the standard library, so that it starts at once and stays small.
"""

import fcntl
import os
import subprocess
import sys


def main(control: str, data: str, locks: tuple[str, str], user: tuple[int, int]) -> None:
    """Wait, in the background, for the last user to go; then stop the server.

    `control` is the path of `pg_ctl`, `data` its data folder, `locks` the paths of the keeper's and the users' locks,
    and `user` the numbers of the user and group that the server runs as. Returns at once where there is a keeper.
    """
    keeper = os.open(locks[0], os.O_RDWR)
    try:
        fcntl.flock(keeper, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    # The child keeps the lock; whoever started this program learns by its end that there is a keeper.
    if os.fork():
        return
    users = os.open(locks[1], os.O_RDWR)
    fcntl.flock(users, fcntl.LOCK_EX)
    if not os.geteuid():
        os.setgroups([])
        os.setgid(user[1])
        os.setuid(user[0])
    command = (control, "stop", "--silent", "--wait", "--mode=fast", "--pgdata", data)
    subprocess.run(command, check=False)  # noqa: S603  # our own program, with arguments of our own
    # In this order: whoever gets the users' lock must find no keeper, and bring one.
    os.close(keeper)
    os.close(users)


if __name__ == "__main__":
    _, _control, _data, _keeper, _users, _user, _group = sys.argv
    main(_control, _data, (_keeper, _users), (int(_user), int(_group)))
