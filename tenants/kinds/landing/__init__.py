"""The landing zone of a project as manifests say it: one module for each kind of object, put together in `zone`."""
