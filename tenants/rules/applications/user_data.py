"""Rules about user data: the file that a manifest names is there, and can be given to a server."""

from collections.abc import Iterator

from tenants.problems import Problem
from tenants.rules.manifests import Manifests
from tenants.user_data import Unusable, judge, named


def user_data_is_text(manifests: Manifests) -> Iterator[Problem]:
    """The file that `userData` names is there, is UTF-8 text, and small enough for Nova."""
    for manifest in manifests.every_application():
        for each in named(manifest.spec, manifest.file):
            steps = ("spec", "servers", each.server, "userData")
            content = manifests.attached.get(each.name)
            if content is None:
                remedy = "name a file beside this manifest or below; links that lead out of the folder are not followed"
                yield manifest.error(steps, f'there is no file "{each.name}"', remedy)
            elif isinstance(why := judge(content), Unusable):
                yield manifest.error(steps, f'the file "{each.name}" {why.message}', why.remedy)


RULES = (user_data_is_text,)
