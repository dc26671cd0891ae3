"""What a request changes: its manifests beside those in force, its plan in words, and the plan that was looked at before."""

from dataclasses import asdict

from api.http.resources import requests_models as models
from api.http.resources.requests_views import Reader
from api.http.service import Service
from provisioner.comparing import comparison
from provisioner.requests.request import Request
from tenants.documents import owner_of


def difference_of(request: Request, service: Service, reader: Reader) -> models.Difference:
    """All of it, as the record is now; what is in force of others under the same name is not theirs to read."""
    with service.database.transaction() as connection:
        found = comparison(connection, request, lambda document: reader.sees(owner_of(document)))
    return models.Difference.model_validate(asdict(found))
