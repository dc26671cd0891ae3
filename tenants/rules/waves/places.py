"""Rules about where waves come from and go to: owner and clouds are described, and the mode fits both places."""

from collections.abc import Iterator

from tenants.kinds.cloud import CLOUD
from tenants.kinds.kind import Manifest
from tenants.kinds.tenant import TENANT
from tenants.language.nodes import Scalar, Step, nearest
from tenants.language.report import Chooser
from tenants.problems import Problem
from tenants.rules.manifests import Manifests
from tenants.wave import Mappings, Mode, WaveSpec

_MODE = ("spec", "mode")
_SOURCE = ("spec", "source")
_TARGET = ("spec", "target")
_LEAVE_OUT = "leave it out"


def waves_have_owners_and_clouds(manifests: Manifests) -> Iterator[Problem]:
    """Every wave's owner and clouds are described."""
    tenants, clouds = Chooser(manifests.tenants), Chooser(manifests.clouds)
    for each in manifests.every_wave():
        owner, source = each.spec.owner, each.spec.source
        if owner and not manifests.has(TENANT.name, owner):
            yield each.error(("spec", "owner"), f'no tenant is called "{owner}"', tenants.choose(owner))
        named: list[tuple[tuple[Step, ...], str]] = [((*_TARGET, "cloud"), each.spec.target.cloud)]
        if source is not None:
            named.append(((*_SOURCE, "cloud"), source.cloud))
        for steps, cloud in named:
            if cloud and not manifests.has(CLOUD.name, cloud):
                yield each.error(steps, f'no cloud is called "{cloud}"', clouds.choose(cloud))


def modes_fit_their_places(manifests: Manifests) -> Iterator[Problem]:
    """A wave has a source unless it imports; only `cross-cloud` goes to another cloud, and always does."""
    for each in _of_known_mode(manifests):
        mode, source, target = each.spec.mode, each.spec.source, each.spec.target
        if source is None:
            if mode is not Mode.IMPORT:
                yield each.error(_SOURCE, "is missing", "say which cloud the applications are in: {cloud: …}")
        elif mode is Mode.IMPORT:
            yield each.error(_SOURCE, "disk images come from no cloud", _LEAVE_OUT)
        elif source.cloud and target.cloud:
            yield from _clouds_apart(each, mode)


def modes_take_what_they_can(manifests: Manifests) -> Iterator[Problem]:
    """Within a cloud (`live`, `cold`) nothing is mapped and no project changes; a source host is for these alone, and so are imports for `import`."""
    for each in _of_known_mode(manifests):
        mode = each.spec.mode
        refused = dict(_within(each.spec) if mode.within else _between(each.spec))
        if mode is not Mode.IMPORT:
            refused |= {
                ("spec", "applications", index, "imports"): "disk images are for the mode import"
                for index, member in enumerate(each.spec.members)
                if member.imports
            }
        for steps, why in refused.items():
            yield each.error(steps, f"{why}; this wave's is {mode}", _LEAVE_OUT)


def _of_known_mode(manifests: Manifests) -> Iterator[Manifest[WaveSpec]]:
    """The waves whose mode is one. Of others its shape tells that, and what its stand-in would mean nobody asked for."""
    for each in manifests.every_wave():
        said = nearest(each.root, _MODE)
        if isinstance(said, Scalar) and said.text == each.spec.mode.value:
            yield each


def _clouds_apart(wave: Manifest[WaveSpec], mode: Mode) -> Iterator[Problem]:
    steps = (*_TARGET, "cloud")
    source, target = wave.spec.source, wave.spec.target.cloud
    if source is None:
        return
    if mode is Mode.CROSS_CLOUD and source.cloud == target:
        message = f'"{target}" is the cloud that the applications are in'
        yield wave.error(steps, message, "name another cloud, or another mode: cross-project, cold or live")
    elif mode is not Mode.CROSS_CLOUD and source.cloud != target:
        message = f'the mode {mode} stays in one cloud, and the applications are in "{source.cloud}"'
        yield wave.error(steps, message, f"write {source.cloud}, or mode: {Mode.CROSS_CLOUD}")


def _within(spec: WaveSpec) -> Iterator[tuple[tuple[Step, ...], str]]:
    """What a wave within a cloud says and has no meaning there."""
    if spec.target.project is not None:
        yield (*_TARGET, "project"), "servers change their project only by copies"
    for index, member in enumerate(spec.members):
        if member.project is not None:
            yield ("spec", "applications", index, "project"), "servers change their project only by copies"
    if spec.mappings != Mappings():
        yield ("spec", "mappings"), "mappings are for what is built anew"


def _between(spec: WaveSpec) -> Iterator[tuple[tuple[Step, ...], str]]:
    """What other waves say and has a meaning within a cloud alone."""
    if spec.source is not None and spec.source.host is not None:
        yield (*_SOURCE, "host"), "a source host is for the modes live and cold"


RULES = (waves_have_owners_and_clouds, modes_fit_their_places, modes_take_what_they_can)
