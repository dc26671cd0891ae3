"""The manifests that plans were made from, read and validated again; a few are kept, for that takes a while."""

import threading
from collections import OrderedDict
from typing import Final

from provisioner.approval import Approver
from provisioner.operation import RevisionId
from provisioner.store.plans import StoredPlan
from tenants.spec import City

_MOST: Final = 8


class Cities:
    """The last few cities that were asked for."""

    def __init__(self, approver: Approver) -> None:
        self._approver = approver
        self._lock = threading.Lock()
        self._kept: OrderedDict[RevisionId, City] = OrderedDict()

    def of(self, stored: StoredPlan) -> City:
        """The city that a plan was made from. Raises StoreError where this version's rules refuse it."""
        with self._lock:
            if stored.revision in self._kept:
                self._kept.move_to_end(stored.revision)
                return self._kept[stored.revision]
        city = self._approver.city_of(stored)
        self.keep(stored.revision, city)
        return city

    def keep(self, revision: RevisionId, city: City) -> None:
        """Keep a city, and let go of the one that was asked for longest ago."""
        with self._lock:
            self._kept[revision] = city
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
