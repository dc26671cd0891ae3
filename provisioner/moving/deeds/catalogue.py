"""All deeds by the kind of step that they take: the one place where a kind of step gets what it does."""

from typing import Final

from provisioner.migration.script import PHASES, StepKind
from provisioner.moving.deed import Deeds
from provisioner.moving.deeds.building import Server
from provisioner.moving.deeds.checking import Check
from provisioner.moving.deeds.cold import Confirm, MoveCold
from provisioner.moving.deeds.comparing import Compare
from provisioner.moving.deeds.copying import Copy
from provisioner.moving.deeds.disks import Disk, Prove
from provisioner.moving.deeds.ending import Accept, Clean, Retire
from provisioner.moving.deeds.freezing import Clone, Snapshot
from provisioner.moving.deeds.groups import ServerGroups
from provisioner.moving.deeds.handing_over import HandOver
from provisioner.moving.deeds.holding import Hold
from provisioner.moving.deeds.imaging import Export, RootImage
from provisioner.moving.deeds.importing import Convert, Upload
from provisioner.moving.deeds.live import MoveLive
from provisioner.moving.deeds.locking import Lock, Unlock
from provisioner.moving.deeds.manifests import Manifest
from provisioner.moving.deeds.playing import PlayBook
from provisioner.moving.deeds.ports import FreeAddress, Port
from provisioner.moving.deeds.probing import Probe
from provisioner.moving.deeds.stopping import Stop

DEEDS: Final[Deeds] = {
    StepKind.CHECK: Check(),
    StepKind.HOLD: Hold(),
    StepKind.STOP: Stop(),
    StepKind.LOCK: Lock(),
    StepKind.MOVE_LIVE: MoveLive(),
    StepKind.MOVE_COLD: MoveCold(),
    StepKind.CONFIRM: Confirm(),
    StepKind.UNLOCK: Unlock(),
    StepKind.COMPARE: Compare(),
    StepKind.SNAPSHOT: Snapshot(),
    StepKind.CLONE: Clone(),
    StepKind.ROOT_IMAGE: RootImage(),
    StepKind.EXPORT: Export(),
    StepKind.COPY: Copy(),
    StepKind.CONVERT: Convert(),
    StepKind.UPLOAD: Upload(),
    StepKind.HAND_OVER: HandOver(),
    StepKind.DISK: Disk(),
    StepKind.PROVE: Prove(),
    StepKind.FREE_ADDRESS: FreeAddress(),
    StepKind.PORT: Port(),
    StepKind.SERVER_GROUP: ServerGroups(),
    StepKind.SERVER: Server(),
    StepKind.ACCEPT: Accept(),
    StepKind.CLEAN: Clean(),
    StepKind.MANIFEST: Manifest(),
    StepKind.RETIRE: Retire(),
    StepKind.PROBE_BEFORE: Probe(),
    StepKind.PROBE_AFTER: Probe(),
    **{kind: PlayBook() for kind in PHASES},
}
