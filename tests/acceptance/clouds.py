"""A cloud as its own APIs show it, to hold Tenantry's word against: nothing of Tenantry is used here.

Requests go to the ports that the services use among themselves, so that the faults and the latency acted out for
Tenantry do not meet them, and they stay out of the log of clients' requests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import requests
import yaml

from devcloud.fixture import Devcloud
from devcloud.records import CloudName
from devcloud.seed import USER_PASSWORD
from tests.acceptance.waiting import until

DOMAIN: Final = "government"
_PATHS: Final = {"keystone": "", "nova": "/v2.1", "cinder": "/v3", "neutron": ""}
_SERVICE_OF: Final = {"compute": "nova", "block-storage": "cinder", "network": "neutron"}
#: From these on servers need no network, and Cinder's paths no project.
_MICROVERSIONS: Final = {"nova": "compute 2.90", "cinder": "volume 3.67"}
_TIMEOUT_S: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who speaks to a cloud, and in which project."""

    user: str
    password: str
    user_domain: Mapping[str, str]
    project: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One cloud's APIs in somebody's name."""

    roots: Mapping[str, str]
    token: str
    project_id: str

    @classmethod
    def login(cls, roots: Mapping[str, str], who: Login) -> "Api":
        """Authenticate. Raises HTTPError where Keystone refuses."""
        user = {"name": who.user, "password": who.password, "domain": who.user_domain}
        identity = {"methods": ["password"], "password": {"user": user}}
        body: Any = {"auth": {"identity": identity, "scope": {"project": who.project}}}
        answer = requests.post(f"{roots['keystone']}/v3/auth/tokens", json=body, timeout=_TIMEOUT_S)
        answer.raise_for_status()
        token = answer.json()["token"]
        return cls(roots=roots, token=answer.headers["X-Subject-Token"], project_id=token["project"]["id"])

    def send(self, method: str, service: str, path: str, body: Any = None) -> requests.Response:
        """Send a request and give its answer, whatever it says."""
        headers = {"X-Auth-Token": self.token, "OpenStack-API-Version": _MICROVERSIONS.get(service, "")}
        return requests.request(method, f"{self.roots[service]}{path}", json=body, headers=headers, timeout=_TIMEOUT_S)

    def call(self, method: str, service: str, path: str, body: Any = None) -> Any:
        """Send a request and give what its answer holds. Raises AssertionError for any refusal."""
        answer = self.send(method, service, path, body)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def boot(self, *, count: int = 1, flavor: str = "tiny") -> requests.Response:
        """Ask Nova for servers in the project that this login is for; the answer says whether it agreed."""
        flavors = self.call("GET", "nova", "/flavors")["flavors"]
        images = self.call("GET", "glance", "/v2/images?name=guest")["images"]
        server = {
            "name": "server",
            "flavorRef": next(each["id"] for each in flavors if each["name"] == flavor),
            "imageRef": images[0]["id"],
            "networks": "none",
            "min_count": count,
        }
        return self.send("POST", "nova", "/servers", {"server": server})

    def resize(self, server: str, flavor: str) -> None:
        """Give a server another flavor, and confirm it once Nova waits for that."""
        flavors = self.call("GET", "nova", "/flavors")["flavors"]
        chosen = next(each["id"] for each in flavors if each["name"] == flavor)
        self.call("POST", "nova", f"/servers/{server}/action", {"resize": {"flavorRef": chosen}})
        self.await_status(server, "VERIFY_RESIZE")
        self.call("POST", "nova", f"/servers/{server}/action", {"confirmResize": None})
        self.await_status(server, "ACTIVE")

    def await_status(self, server: str, status: str) -> None:
        """Wait until a server has a status."""
        path = f"/servers/{server}"
        until(lambda: self.call("GET", "nova", path)["server"]["status"] == status, f"a server is {status}")

    def store(self, gigabytes: int, volume_type: str = "standard") -> requests.Response:
        """Ask Cinder for a volume in the project that this login is for; the answer says whether it agreed."""
        volume = {"name": "卷", "size": gigabytes, "volume_type": volume_type}
        return self.send("POST", "cinder", "/volumes", {"volume": volume})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud in the hands of its administrator."""

    name: str
    admin: Api
    #: Keystone's id of the tenants' domain.
    government: str

    @classmethod
    def of(cls, devcloud: Devcloud, name: str) -> "Cloud":
        """The cloud of that name."""
        endpoints = devcloud.told().endpoints[CloudName(name)]
        roots = {
            str(service): f"http://127.0.0.1:{ports.internal}{_PATHS.get(service, '')}"
            for service, ports in endpoints.items()
        }
        auth = yaml.safe_load(devcloud.clouds_yaml.read_text(encoding="utf-8"))["clouds"][name]["auth"]
        default = {"id": "default"}
        project = {"name": auth["project_name"], "domain": default}
        who = Login(user=auth["username"], password=auth["password"], user_domain=default, project=project)
        admin = Api.login(roots, who)
        domains = admin.call("GET", "keystone", f"/v3/domains?name={DOMAIN}")["domains"]
        return cls(name=name, admin=admin, government=domains[0]["id"])

    def as_user(self, user: str, project: str) -> Api:
        """The cloud as one of its users has it in a project. Raises HTTPError where Keystone refuses."""
        domain = {"name": DOMAIN}
        scope = {"name": project, "domain": domain}
        who = Login(user=user, password=USER_PASSWORD, user_domain=domain, project=scope)
        return Api.login(self.admin.roots, who)

    def domain_id(self, name: str = DOMAIN) -> str:
        """Keystone's id of a domain."""
        if name == DOMAIN:
            return self.government
        return str(self._named("domains", name)["id"])

    def projects(self, name: str) -> list[dict[str, Any]]:
        """The projects of that name in the tenants' domain."""
        path = "/v3/projects"
        answer = self.admin.send("GET", "keystone", f"{path}?domain_id={self.domain_id()}&name={quote(name)}")
        return list(answer.json()["projects"])

    def project(self, name: str) -> dict[str, Any]:
        """The one project of that name."""
        found = self.projects(name)
        assert len(found) == 1, f"{self.name} has {len(found)} projects named {name}"
        return found[0]

    def make_project(self, name: str, description: str = "", *, domain: str = DOMAIN) -> str:
        """Make a project by hand; returns its id."""
        project = {"name": name, "description": description, "domain_id": self.domain_id(domain)}
        return str(self.admin.call("POST", "keystone", "/v3/projects", {"project": project})["project"]["id"])

    def limits(self, project_id: str) -> dict[str, dict[str, Any]]:
        """What Nova, Cinder and Neutron say that they enforce on a project, by service type."""
        return {
            "compute": self.admin.call("GET", "nova", f"/os-quota-sets/{project_id}")["quota_set"],
            "block-storage": self.admin.call("GET", "cinder", f"/os-quota-sets/{project_id}")["quota_set"],
            "network": self.admin.call("GET", "neutron", f"/v2.0/quotas/{project_id}")["quota"],
        }

    def used(self, project_id: str) -> dict[str, dict[str, int]]:
        """What Nova, Cinder and Neutron say that a project uses of its limits, by service type."""
        nova = self.admin.call("GET", "nova", f"/os-quota-sets/{project_id}/detail")["quota_set"]
        cinder = self.admin.call("GET", "cinder", f"/os-quota-sets/{project_id}?usage=true")["quota_set"]
        neutron = self.admin.call("GET", "neutron", f"/v2.0/quotas/{project_id}/details")["quota"]
        told = {
            "compute": (nova, "in_use"),
            "block-storage": (cinder, "in_use"),
            "network": (neutron, "used"),
        }
        return {
            service: {name: each[word] for name, each in listed.items() if isinstance(each, dict)}
            for service, (listed, word) in told.items()
        }

    def set_limits(self, service_type: str, project_id: str, limits: Mapping[str, int]) -> None:
        """Change limits by hand, behind Tenantry's back."""
        service = _SERVICE_OF[service_type]
        if service == "neutron":
            self.admin.call("PUT", service, f"/v2.0/quotas/{project_id}", {"quota": dict(limits)})
        else:
            self.admin.call("PUT", service, f"/os-quota-sets/{project_id}", {"quota_set": dict(limits)})

    def members(self, project_id: str) -> set[str]:
        """Direct role assignments on a project, as `group:name:role`."""
        path = f"/v3/role_assignments?include_names=true&scope.project.id={project_id}"
        listed = self.admin.call("GET", "keystone", path)["role_assignments"]
        return {
            f"{kind}:{each[kind]['name']}:{each['role']['name']}"
            for each in listed
            for kind in ("group", "user")
            if kind in each
        }

    def grant(self, project_id: str, member: str, *, domain: str = DOMAIN) -> None:
        """Assign a role by hand; the member reads `group:name:role`."""
        self.admin.call("PUT", "keystone", self._assignment(project_id, member, domain))

    def revoke(self, project_id: str, member: str) -> None:
        """Take a role away by hand."""
        self.admin.call("DELETE", "keystone", self._assignment(project_id, member, DOMAIN))

    def disable(self, project_id: str) -> None:
        """Disable a project by hand."""
        self.admin.call("PATCH", "keystone", f"/v3/projects/{project_id}", {"project": {"enabled": False}})

    def servers(self, project_id: str) -> list[dict[str, Any]]:
        """The servers of a project."""
        path = f"/servers/detail?all_tenants=1&project_id={project_id}"
        return list(self.admin.call("GET", "nova", path)["servers"])

    def volumes(self, project_id: str) -> list[dict[str, Any]]:
        """The volumes of a project."""
        path = f"/volumes/detail?all_tenants=1&project_id={project_id}"
        return list(self.admin.call("GET", "cinder", path)["volumes"])

    def delete_servers(self, project_id: str) -> None:
        """Ask for all servers of a project to be deleted."""
        for each in self.servers(project_id):
            self.admin.call("DELETE", "nova", f"/servers/{each['id']}")

    def delete_volumes(self, project_id: str) -> None:
        """Ask for all volumes of a project to be deleted."""
        for each in self.volumes(project_id):
            self.admin.call("DELETE", "cinder", f"/volumes/{each['id']}")

    def _assignment(self, project_id: str, member: str, domain: str) -> str:
        kind, _, rest = member.partition(":")
        name, _, role = rest.rpartition(":")
        principal = self._named(f"{kind}s", name, f"&domain_id={self.domain_id(domain)}")["id"]
        return f"/v3/projects/{project_id}/{kind}s/{principal}/roles/{self._named('roles', role)['id']}"

    def _named(self, collection: str, name: str, further: str = "") -> dict[str, Any]:
        listed = self.admin.call("GET", "keystone", f"/v3/{collection}?name={quote(name)}{further}")[collection]
        assert len(listed) == 1, f"{self.name} has {len(listed)} {collection} named {name}"
        return dict(listed[0])
