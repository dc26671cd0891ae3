"""Several images at once, no more than a limit, all by one conduct: they share the bandwidth and are cancelled together."""

import threading
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from provisioner.copying.image_copy import copy_image
from provisioner.copying.records import Conduct, Copied, ImageCopy, Progress
from provisioner.errors import TenantryError

_Key = TypeVar("_Key", bound=Hashable)


def copy_images(
    copies: Mapping[_Key, ImageCopy], conduct: Conduct, *, at_once: int, progress: Callable[[_Key, Progress], None]
) -> Mapping[_Key, Copied | TenantryError]:
    """Copy them all; one's failure is its own. `progress` is told of each by its key, one at a time.

    Each copy takes `conduct.buffer` bytes and a few threads. Once cancelled, those that have not begun do not begin, and all are
    given as CopyCancelled.
    """
    telling = threading.Lock()
    leaving = threading.Event()

    def one(key: _Key) -> Copied | TenantryError:
        def tell(how_far: Progress) -> None:
            with telling:
                progress(key, how_far)

        try:
            return copy_image(copies[key], replace(conduct, progress=tell, cancelled=cancelled))
        except TenantryError as error:
            return error

    def cancelled() -> bool:
        return leaving.is_set() or conduct.cancelled()

    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="copy") as pool:
        running = {key: pool.submit(one, key) for key in copies}
        try:
            return {key: future.result() for key, future in running.items()}
        except BaseException:
            # Ctrl-C among them.
            leaving.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
