"""A whole cloud in memory, for tests and rehearsals: it answers, enforces and refuses as OpenStack does.

One contract suite holds it and the OpenStack adapter to the same behaviour. It is safe to share between threads.

    cloud                    `MemoryCloud`, the way in
    identity, quotas         Keystone, and Nova, Cinder and Neutron as keepers of limits
    resources                what projects hold, collection by collection; `catalogue` names the services' own habits
    image_data, disks        the bytes of images, and of disks: what tests write, snapshots freeze, copies compare
    world, shelves           what the cloud holds
    weather                  what goes wrong, how long it takes, and what was called
"""

from provisioner.clouds.memory.cloud import MemoryCloud
from provisioner.clouds.memory.weather import Trouble
from provisioner.clouds.memory.world import Furnishing

__all__ = ["Furnishing", "MemoryCloud", "Trouble"]
