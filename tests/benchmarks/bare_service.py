"""What the service is measured against: FastAPI with one route for each query, and nothing else.

`python -m tests.benchmarks.bare_service FOLDER PORT` answers from the records in the folder. It knows nobody, hides nothing, pages
nothing and describes nothing.
"""

import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI, Response

from provisioner.store import pages
from provisioner.store.database import Database
from provisioner.store.pages import OperationFilter, OperationLine

#: What is told of an operation: all that the query gives.
_COLUMNS: Final = tuple(each.name for each in fields(OperationLine))


def app_of(database: Database) -> FastAPI:
    """Two routes on these records."""
    app = FastAPI()

    @app.get("/operations")
    def operations() -> Response:
        with database.autocommit() as connection:
            found = pages.operations(connection, OperationFilter(), limit=51)
        return _answer([{name: getattr(each, name) for name in _COLUMNS} for each in found])

    @app.get("/tenants/{tenant}")
    def tenant(tenant: str) -> Response:
        with database.autocommit() as connection:
            return _answer({"name": tenant, "stamp": pages.stamp(connection)})

    return app


def _answer(said: Any) -> Response:
    """As quickly as the standard library writes JSON: FastAPI's own way there is slower."""
    return Response(json.dumps(said, default=str), media_type="application/json")


def main(folder: str, port: str) -> None:
    """Answer until a signal comes."""
    with Database.embedded(Path(folder)) as database:
        uvicorn.run(app_of(database), port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
