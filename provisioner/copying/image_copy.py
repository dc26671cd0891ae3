"""One image copied from cloud to cloud, and proven: what the migration of a disk consists of.

    find → queue → read, hash and upload → prove → mark complete

Nothing is kept on our side between runs; the target's Glance has all that matters. An image that is marked complete was proven and
is not touched again. One that is active without the mark is what a killed run leaves: if both stores hash alike it is what the
source is, so it is read once, to know its SHA-256, and marked; nothing is copied. Whatever else there is of the name was
half-uploaded, is deleted, and the upload begins anew, because Glance cannot take one up (see `upload`).

What is sent is hashed by SHA-256, as a whole and by chunks. What was stored is proven by the target's word, for Glance hashes what
it writes: it has to be the hash that the source's Glance says of what is copied. So three parties hash the same bytes, and none of
them twice. Only where the source says no hash by the usual algorithm, it is made here as well, in the same pass; and where the
target hashes by another, the image is read back.

An upload that breaks off costs all that it had brought. The source is then read again, and has to hash as it did.
"""

from dataclasses import replace
from typing import Final

from provisioner.clouds.collections import Item, ItemId
from provisioner.copying.compare import read_journal, read_pass, stored_hash, stored_item
from provisioner.copying.digests import Pass, digest_of, first_difference
from provisioner.copying.moving import Moving, must_go_on
from provisioner.copying.reading import WholeImage
from provisioner.copying.records import Conduct, ContentDiffers, Copied, Digests, ImageCopy, NewImage
from provisioner.copying.upload import ImageUpload
from provisioner.copying.watching import Work, watch
from provisioner.migration.identifiers import MARK_COMPLETE
from tenants.wave import Verification

#: Glance's own choice unless its operators make another (`[DEFAULT] hashing_algorithm`). Where they did, the image is read back.
USUAL_ALGORITHM: Final = "sha512"
#: Beside `MARK_COMPLETE`: how far the proof went, and the chunks' size with the hash of their hashes.
MARK_VERIFIED: Final = "tenantry-verified"
MARK_CHUNKS: Final = "tenantry-chunks"

_ACTIVE: Final = "active"


def copy_image(copy: ImageCopy, conduct: Conduct) -> Copied:
    """Make the target's image with the source's content, prove it and mark it complete; or find it made, and prove what is not.

    Safe to repeat whenever it ended, however it did, but not to run twice at once for one name. Raises CopyCancelled within a
    second after it was cancelled, ContentDiffers where the source is not what it was or the target not what was sent (nothing of
    it is left then), and the CloudError that patience did not outlast.
    """
    copying = _Copying(copy, conduct)
    # In a thread of its own, for any request to a cloud may take long.
    return watch([Work("copy", copying.done)], lambda: must_go_on(conduct.cancelled), lambda: None)[0]


def discard_copies(target: NewImage) -> tuple[ItemId, ...]:
    """Delete all that copies left under the target's name, complete or not; gives the ids."""
    return ImageUpload(target).discard()


class _Copying:
    def __init__(self, copy: ImageCopy, conduct: Conduct) -> None:
        self._copy = copy
        self._conduct = conduct
        self._upload = ImageUpload(copy.target)
        self._began = conduct.monotonic()
        self._moving: Moving | None = None

    def done(self) -> Copied:
        """The proven copy."""
        found = self._upload.found()
        if found is not None and (copied := self._marked(found)) is not None:
            return copied
        source = stored_item(self._copy.source)
        if found is not None and (copied := self._unmarked(source, found)) is not None:
            return copied
        whole = WholeImage(self._copy.source, int(source["size"]))
        expected = stored_hash(source)
        told = expected is not None and expected[0] == USUAL_ALGORITHM
        self._moving = Moving(whole, self._upload, self._conduct, algorithm=None if told else USUAL_ALGORITHM)
        passed = self._moving.done()
        item = self._upload.settled()
        verified = self._proven(item, passed, expected if told else (USUAL_ALGORITHM, passed.other))
        return self._complete(item, passed.digests, verified)

    def _marked(self, found: Item) -> Copied | None:
        """What an earlier run proved; None where it did not come so far, or where it is not so any more."""
        marks = _marks(found)
        if marks is None:
            return None
        digests, verified = marks
        if verified is not Verification.STORED or self._copy.verification is Verification.STORED:
            return self._copied(found, digests, verified, found=True)
        journal = read_journal(self._upload.image, digests.size, replace(self._conduct, chunk=digests.chunk))
        if digest_of(journal) != digests.chunks_sha256:
            return None
        return self._complete(found, digests, Verification.READ_BACK, found=True)

    def _unmarked(self, source: Item, found: Item) -> Copied | None:
        """What an earlier run uploaded and did not come to prove; None where nobody can without the source's bytes."""
        said = stored_hash(found)
        if said is None or said != stored_hash(source) or found.get("size") != source["size"]:
            return None
        passed = read_pass(self._upload.image, self._conduct, algorithm=said[0])
        if passed.other != said[1]:
            return None
        return self._complete(found, passed.digests, Verification.READ_BACK, found=True)

    def _proven(self, item: Item, passed: Pass, expected: tuple[str, str | None] | None) -> Verification:
        """How far it is proven that the image has what the source has. Raises ContentDiffers, with nothing left of the image.

        `expected` is the algorithm and value that the target's store is to say.
        """
        if item.get("status") != _ACTIVE or item.get("size") != passed.digests.size:
            self._refuse(f"it is {item.get('status')} with {item.get('size')} bytes; {passed.digests.size} were sent")
        said = stored_hash(item)
        alike = said is not None and expected is not None and said[0] == expected[0]
        if alike and said != expected:
            self._refuse(
                f"its store says that it has {said and said[1]}, and the source has {expected and expected[1]}"
            )
        if alike and self._copy.verification is Verification.STORED:
            return Verification.STORED
        journal = read_journal(self._upload.image, passed.digests.size, self._conduct)
        if (at := first_difference(journal, passed.journal, chunk=self._conduct.chunk)) is not None:
            self._refuse(f"what is read back from it differs from byte {at} on")
        return Verification.READ_BACK

    def _refuse(self, why: str) -> None:
        """Leave nothing that could be taken for a copy."""
        self._upload.discard()
        target = self._copy.target
        raise ContentDiffers(f"{target.cloud.name}: image {target.body['name']}: {why}; it was deleted")

    def _complete(self, item: Item, digests: Digests, verified: Verification, *, found: bool = False) -> Copied:
        must_go_on(self._conduct.cancelled)
        self._upload.mark(
            {
                MARK_COMPLETE: digests.sha256,
                MARK_VERIFIED: verified.value,
                MARK_CHUNKS: f"{digests.chunk}:{digests.chunks_sha256}",
            }
        )
        return self._copied(item, digests, verified, found=found)

    def _copied(self, item: Item, digests: Digests, verified: Verification, *, found: bool) -> Copied:
        moving = self._moving
        return Copied(
            image=self._upload.image.image,
            digests=digests,
            stored=stored_hash(item),
            verified=verified,
            seconds=self._conduct.monotonic() - self._began,
            rate=0.0 if moving is None else digests.size / (moving.seconds or 1.0),
            resumptions=0 if moving is None else moving.resumptions,
            restarts=0 if moving is None else moving.restarts,
            found=found,
            request_ids=self._upload.request_ids,
        )


def _marks(item: Item) -> tuple[Digests, Verification] | None:
    """What an image's marks say that was proven of it; None where it bears none, or none that can be read."""
    sha256, chunks, verified = (item.get(key) for key in (MARK_COMPLETE, MARK_CHUNKS, MARK_VERIFIED))
    if not sha256 or not chunks or verified not in set(Verification):
        return None
    chunk, _, chunks_sha256 = str(chunks).partition(":")
    digests = Digests(size=int(item["size"]), sha256=str(sha256), chunks_sha256=chunks_sha256, chunk=int(chunk))
    return digests, Verification(verified)
