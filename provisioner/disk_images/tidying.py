"""What processes that died left in the scratch folder: found by what files are called there, and removed unless somebody wants it.

Whoever converts a disk image removes what came of it, unless they die before. Where another machine goes on, nobody would come
back to that file on this one.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from provisioner.disk_images.errors import ImageBusy
from provisioner.disk_images.scratch import key_of, places_in


def tidy(scratch: Path, wanted: Callable[[], Iterable[str]]) -> int:
    """Remove what there is of disk images that nobody wants or is at; gives of how many.

    `wanted` tells the paths, below the folder of disk images, of those that somebody wants. Raises InputError where the folder cannot
    be used.
    """

    def is_wanted(key: str) -> bool:
        return key in {key_of(each) for each in wanted()}

    removed = 0
    for place in places_in(scratch):
        if is_wanted(place.key):
            continue
        # Asked again once the lock is held: who came to want it before is seen now, and who does after waits for the lock.
        with suppress(ImageBusy), place.locked():
            if not is_wanted(place.key):
                place.clear()
                removed += 1
    return removed
