"""All dashboards, as files that Grafana reads. Pure."""

import json
from collections.abc import Mapping
from typing import Final

from monitoring.dashboards.capacity import CAPACITY
from monitoring.dashboards.city import CITY
from monitoring.dashboards.dashboard import Dashboard
from monitoring.dashboards.itself import ITSELF
from monitoring.dashboards.migrations import MIGRATIONS
from monitoring.dashboards.requests import REQUESTS
from monitoring.dashboards.tenant import TENANT_PAGE

DASHBOARDS: Final[tuple[Dashboard, ...]] = (CITY, TENANT_PAGE, CAPACITY, REQUESTS, MIGRATIONS, ITSELF)


def files() -> Mapping[str, str]:
    """Every file's text, by name."""
    return {each.file: json.dumps(each.json(), ensure_ascii=False, indent=1) + "\n" for each in DASHBOARDS}
