"""One authenticated session per cloud, shared by its threads.

openstacksdk reads clouds.yaml, authenticates, finds the endpoints and their versions; its proxies serve as keystoneauth
adapters with explicit paths and microversions, so that every request sent is one that this code names. Below is
`transport`; above are the services' modules.
"""

import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version
from typing import Any, Final, TypeVar

import keystoneauth1.exceptions
import keystoneauth1.identity.base
import openstack.connection
import requests
from keystoneauth1.access import AccessInfoV3
from keystoneauth1.adapter import Adapter
from keystoneauth1.discover import version_to_string
from keystoneauth1.identity.base import BaseIdentityPlugin
from openstack.config import OpenStackConfig
from openstack.config.cloud_region import CloudRegion

from provisioner.clouds.interface import ProjectId
from provisioner.clouds.openstack.calls import Answer, Body, Call, read_answer
from provisioner.clouds.openstack.translation import refusal, translating
from provisioner.clouds.openstack.transport import Transport, TransportSettings
from provisioner.errors import CloudError, CloudMisconfigured, CloudUnavailable
from tenants.names import CloudName

_FIRST_REDIRECT: Final = 300
_FIRST_ERROR: Final = 400
_UNAUTHORIZED: Final = 401
#: What a service answers where its endpoint has no version document.
_NO_DOCUMENT: Final = frozenset({400, 404, 405})
#: Placement has one version at one address, so there is nothing to discover.
_WITHOUT_VERSIONS: Final = frozenset({"placement"})
#: The generic plugins ask the address which version of Keystone it speaks, even where it ends in `/v3`.
_OF_VERSION_3: Final = {"password": "v3password", "token": "v3token"}
_ONLY_GENERIC: Final = frozenset({"default_domain_id", "default_domain_name"})
#: The warnings' filters belong to all threads, so one at a time may change them.
_QUIET: Final = threading.Lock()

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Connection:
    """A cloud's session. Nothing is sent before the first call. All methods raise only CloudErrors."""

    def __init__(self, name: CloudName, region: CloudRegion, settings: TransportSettings) -> None:
        self.name = name
        self._region = region
        self._concurrency = settings.concurrency
        self._transport = Transport(settings)
        self._opening = threading.Lock()
        self._adapters: dict[str, Adapter] = {}
        self._scopes: dict[ProjectId, BaseIdentityPlugin] = {}
        self._session = region.get_session()
        self._session.mount("http://", self._transport)
        self._session.mount("https://", self._transport)
        self._sdk = openstack.connection.Connection(config=region)

    @property
    def requests_sent(self) -> int:
        """How many HTTP requests were sent so far: authentication, discovery and repetitions included."""
        return self._transport.sent

    def send(self, call: Call) -> Answer:
        """Send one request and give its answer; what failed and is safe to repeat has been repeated by then."""
        headers = {} if call.content_type is None else {"Content-Type": call.content_type}
        answer = read_answer(response := self._exchange(call, headers=headers, json=call.body))
        if response.status_code >= _FIRST_ERROR:
            if response.status_code in call.accept:
                return answer
            raise refusal(self.name, call, response)
        if call.expects is not None and call.expects not in answer.body:
            raise CloudUnavailable(
                f"{self.name}: {call}: the answer has no {call.expects}; something else answers there"
            )
        return answer

    def download(self, call: Call, headers: Mapping[str, str]) -> requests.Response:
        """Send one request and give its answer with the body still to be read; close it.

        Raises what an answer of 400 or above means, where the call does not accept it.
        """
        response = self._exchange(call, headers=headers, stream=True, log=False)
        if response.status_code >= _FIRST_ERROR and response.status_code not in call.accept:
            raise refusal(self.name, call, response)
        return response

    def upload(self, call: Call, headers: Mapping[str, str], body: Iterable[bytes]) -> Answer:
        """Send one request whose body is made as it goes, once: nothing repeats it, not even where its token is refused.

        Raises CloudUnavailable where it was, and takes another token for the next.
        """
        response = self._exchange(call, headers=headers, data=body, log=False, allow_reauth=False, redirect=False)
        if response.status_code == _UNAUTHORIZED:
            self._session.invalidate(None if call.project is None else self._scopes.get(call.project))
            raise CloudUnavailable(f"{self.name}: {call}: our token was refused; the next attempt has another")
        if response.status_code >= _FIRST_REDIRECT:
            raise refusal(self.name, call, response)
        return read_answer(response)

    def _exchange(self, call: Call, **options: Any) -> requests.Response:
        with translating(self.name, call), self._transport.serving(call.service):
            scope = {} if call.project is None else self._scoped(call.service, call.project)
            # Not the proxies' own `request`: it caches, and a cached answer would make reading back a write worthless.
            return Adapter.request(
                self.adapter(call.service),
                call.path,
                call.method,
                params=dict(call.params or {}),
                microversion=call.microversion,
                raise_exc=False,
                # The transport repeats, and knows when it may.
                connect_retries=0,
                status_code_retries=0,
                **scope,
                **options,
            )

    def _scoped(self, service: str, project: ProjectId) -> Mapping[str, Any]:
        """What a request in a project's name differs in: its token, and the project's id where the endpoint has one.

        One request for the token, the first time. Raises CloudMisconfigured where we have no role in the project.
        """
        own = self.access().project_id
        if own == project:
            return {}
        with self._opening:
            if project not in self._scopes:
                with _without_its_own_deprecations():
                    made = self._sdk.connect_as(project_id=project).config.get_auth()
                if not isinstance(made, BaseIdentityPlugin):
                    raise CloudMisconfigured(f"{self.name}: clouds.yaml must authenticate with Keystone's version 3")
                self._scopes[project] = made
            plugin = self._scopes[project]
        try:
            plugin.get_access(self._session)
        except keystoneauth1.exceptions.Unauthorized as error:
            raise CloudMisconfigured(
                f"{self.name}: our user has no role in project {project}, so nothing can be built there; give it one on all "
                "projects of the domain: openstack role add --user USER --domain DOMAIN --inherited member"
            ) from error
        parts = (self.adapter(service).get_endpoint() or "").split("/")
        endpoint = "/".join(project if own and part == own else part for part in parts)
        return {"auth": plugin, "endpoint_override": endpoint}

    def clock_ahead(self, service: str) -> timedelta | None:
        """How far the service's clock was ahead of ours when it last answered; None before it did."""
        return self._transport.clock_ahead(service)

    def close(self) -> None:
        """Give back the pooled connections. Calls made later open new ones."""
        self._transport.close()

    def adapter(self, service: str) -> Adapter:
        """The session at a service's endpoint. Raises CloudMisconfigured where the catalogue has no such service."""
        with self._opening, translating(self.name, service):
            if service not in self._adapters:
                self._adapters[service] = self._open(service)
            return self._adapters[service]

    def offers(self, service: str) -> bool:
        """Whether the catalogue has the service."""
        with translating(self.name, "authentication"):
            return bool(self._region.get_endpoint(service) or self._region.get_endpoint_from_catalog(service))

    def access(self) -> AccessInfoV3:
        """What the token says: who we are, where, and the catalogue."""
        with translating(self.name, "authentication"):
            plugin = self._session.auth
            if isinstance(plugin, keystoneauth1.identity.base.BaseIdentityPlugin):
                access = plugin.get_access(self._session)
                if isinstance(access, AccessInfoV3):
                    return access
        raise CloudMisconfigured(f"{self.name}: clouds.yaml must authenticate with Keystone's version 3")

    def region_name(self, service: str) -> str | None:
        """The region whose endpoint of the service we use."""
        return self._region.get_region_name(service)

    def service_id(self, service: str) -> str | None:
        """Keystone's id of the service, from the token's catalogue."""
        listed = self.access().service_catalog.catalog
        return next((str(each["id"]) for each in listed if each.get("type") == service and each.get("id")), None)

    def all_of(self, items: Iterable[_Item], read: Callable[[_Item], _Result]) -> Mapping[_Item, _Result]:
        """Read every item once, as many at a time as the cloud's limit lets. Raises the first failure."""
        listed = tuple(dict.fromkeys(items))
        if len(listed) <= 1:
            return {item: read(item) for item in listed}
        workers = min(self._concurrency, len(listed))
        with ThreadPoolExecutor(max_workers=workers, thread_name_prefix=f"cloud-{self.name}") as pool:
            running = {item: pool.submit(read, item) for item in listed}
            try:
                return {item: future.result() for item, future in running.items()}
            except BaseException:
                # Ctrl-C among them: what has not begun is not begun any more.
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def each_of(self, items: Iterable[_Item], read: Callable[[_Item], _Result]) -> Mapping[_Item, _Result | CloudError]:
        """As `all_of`, but one item's failure is its own."""

        def one(item: _Item) -> _Result | CloudError:
            try:
                return read(item)
            except CloudError as error:
                return error

        return self.all_of(items, one)

    def microversions(self, service: str) -> tuple[str, str] | None:
        """The service's lowest and highest microversion, from its version document; None where it has none.

        One request where the endpoint itself has the document. Where it has not (a project's id in its path),
        keystoneauth looks for it.
        """
        answer = self.send(Call(service=service, method="GET", path="/", accept=_NO_DOCUMENT))
        found = _microversions(answer.body)
        if found is None:
            with translating(self.name, service):
                data = self.adapter(service).get_endpoint_data()
            if data is not None and data.min_microversion is not None and data.max_microversion is not None:
                found = version_to_string(data.min_microversion), version_to_string(data.max_microversion)
        return found

    def _open(self, service: str) -> Adapter:
        if not self.offers(service):
            raise CloudMisconfigured(f"{self.name}: its Keystone catalogue has no {service} service")
        if service in _WITHOUT_VERSIONS:
            return Adapter(
                session=self._session,
                service_type=service,
                interface=self._region.get_interface(service),
                region_name=self._region.get_region_name(service),
                endpoint_override=self._region.get_endpoint(service),
            )
        proxy: Adapter = getattr(self._sdk, service.replace("-", "_"))
        return proxy


def _microversions(document: Body) -> tuple[str, str] | None:
    """From a version document of Nova or Cinder: one version, or a list of them with the current one marked."""
    versions = [document["version"]] if isinstance(document.get("version"), dict) else document.get("versions") or ()
    for each in versions:
        if each.get("status") == "CURRENT" and each.get("min_version") and each.get("version"):
            return str(each["min_version"]), str(each["version"])
    return None


def open_connection(name: CloudName, clouds_yaml: str, settings: TransportSettings) -> Connection:
    """The connection to a cloud by its key in clouds.yaml. Sends nothing yet.

    Raises CloudMisconfigured where clouds.yaml does not have it or does not say how to authenticate.
    """
    with translating(name, f"clouds.yaml, {clouds_yaml}"), _without_its_own_deprecations():
        config = OpenStackConfig(app_name="tenantry", app_version=version("tenantry"))
        found = config.config_filename
        # Where there is no file, the SDK makes up a cloud of this name, which leads nowhere.
        known = set(config.get_cloud_names()) - (set() if found else {"defaults"})
        if clouds_yaml not in known and not found:
            raise CloudMisconfigured(
                f"{name}: no clouds.yaml was found; put one that has the cloud {clouds_yaml} into the current folder or "
                "~/.config/openstack, or name it with OS_CLIENT_CONFIG_FILE"
            )
        if clouds_yaml not in known:
            has = ", ".join(sorted(known)) or "none"
            raise CloudMisconfigured(f"{name}: clouds.yaml has no cloud {clouds_yaml}; it has {has} ({found})")
        return Connection(name, _region(config, clouds_yaml), settings)


@contextmanager
def _without_its_own_deprecations() -> Iterator[None]:
    """OpenStack's SDK warns of the end of a feature (InfluxDB) whether it is used or not; nobody could act on that."""
    with _QUIET, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Support for InfluxDB", category=PendingDeprecationWarning)
        yield


def _region(config: OpenStackConfig, clouds_yaml: str) -> CloudRegion:
    region = config.get_one(cloud=clouds_yaml)
    auth = region.config.get("auth", {})
    auth_type = _OF_VERSION_3.get(str(region.config.get("auth_type")))
    of_version_3 = str(auth.get("auth_url", "")).rstrip("/").endswith("/v3")
    if auth_type and of_version_3 and not _ONLY_GENERIC & auth.keys():
        return config.get_one(cloud=clouds_yaml, auth_type=auth_type)
    return region
