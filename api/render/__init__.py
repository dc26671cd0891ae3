"""How things look: records in, text or plain documents out. Knows neither the store nor a cloud.

Each module shows one thing: `print_…` writes it for people to a console that the caller gives, and `as_document` turns
it into plain mappings and lists for `-o json` and `-o yaml` (`api.render.output`). Keys are lowerCamelCase as in manifests;
limits are whole numbers in the unit of the service's API, -1 for unlimited; times are ISO 8601; `null` is unknown.
"""
