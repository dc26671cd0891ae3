"""Creates the empty databases of one service: ``python -m devcloud.services.schema SERVICE FOLDER``.

Run once for a lock file; :mod:`devcloud.template` keeps the result and copies it for every new cloud.
"""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"
# ruff: noqa: PLC0415 - the services read their surroundings when imported, so these must be set before

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from devcloud.services import sqlite


def main(arguments: list[str]) -> None:
    """Create the databases of the service that the arguments name, beside its configuration."""
    service, config = arguments
    sqlite.install()
    _CREATORS[service](Path(config))


def _keystone(config: Path) -> None:
    from keystone.cmd import manage

    _run_command(manage.main, "keystone-manage", "--config-file", str(config), "db_sync")


def _placement(config: Path) -> None:
    from placement.cmd import manage

    os.environ["OS_PLACEMENT_CONFIG_DIR"] = str(config.parent)
    _run_command(manage.main, "placement-manage", "--config-file", str(config), "db", "sync")


def _glance(config: Path) -> None:
    from glance.cmd import manage

    _run_command(manage.main, "glance-manage", "--config-file", str(config), "db", "sync")


def _cinder(config: Path) -> None:
    os.environ["OS_CINDER_DISABLE_EVENTLET_PATCHING"] = "true"
    from cinder.cmd import manage

    _run_command(manage.main, "cinder-manage", "--config-file", str(config), "db", "sync")


def _neutron(config: Path) -> None:
    """Create the tables from the models and stamp the newest revision: Neutron's migrations fail on SQLite."""
    import sqlalchemy
    from neutron.db.migration import cli
    from neutron.db.migration.models import head
    from oslo_config import cfg

    parser = cfg.ConfigOpts()
    parser.register_opt(cfg.StrOpt("connection"), group="database")
    parser(["--config-file", str(config)], default_config_files=[])
    head.get_metadata().create_all(sqlalchemy.create_engine(parser.database.connection))
    _run_command(cli.main, "neutron-db-manage", "--config-file", str(config), "stamp", "heads")


def _nova(config: Path) -> None:
    os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
    from nova import monkey_patch

    monkey_patch.patch()  # forbids eventlet, so it has to come before anything that might import it
    from nova import config as nova_config
    from nova import context, objects
    from nova.cmd import manage
    from nova.conf import CONF
    from nova.db import migration

    nova_config.parse_args(["nova-manage", "--config-file", str(config)])
    objects.register_all()
    migration.db_sync(database="api")
    cell0 = CONF.database.connection.replace("nova.sqlite", "nova_cell0.sqlite")
    cells = manage.CellV2Commands()
    cells.map_cell0(database_connection=cell0)
    everywhere = context.RequestContext()
    mapping = objects.CellMapping.get_by_uuid(everywhere, objects.CellMapping.CELL0_UUID)
    with context.target_cell(everywhere, mapping) as in_cell0:
        migration.db_sync(context=in_cell0)
    migration.db_sync()
    cells.create_cell(name="cell1")


def _run_command(command: Callable[[], object], *arguments: str) -> None:
    sys.argv = list(arguments)
    status = command()
    if status:
        sys.exit(f"{arguments[0]} {arguments[-1]} ended with {status}")


_CREATORS: Mapping[str, Callable[[Path], None]] = {
    "keystone": _keystone,
    "placement": _placement,
    "glance": _glance,
    "cinder": _cinder,
    "neutron": _neutron,
    "nova": _nova,
}

if __name__ == "__main__":
    main(sys.argv[1:])
