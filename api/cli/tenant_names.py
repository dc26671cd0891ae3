"""What is said of a tenant that there is none of by the name that was given."""

from provisioner.errors import InputError
from tenants.language.report import choose
from tenants.spec import City


def no_such_tenant(city: City, given: str) -> InputError:
    """The refusal, with the tenant that was meant: people know departments by the names that people read, commands by the others."""
    meant = next((each.name for each in city.tenants.values() if given == each.display_name), None)
    return InputError(f'no tenant is called "{given}"; {choose(meant or given, city.tenants)}')
