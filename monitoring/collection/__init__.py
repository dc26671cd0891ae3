"""What clouds hold, collected again and again: from a cloud's listings to looks, which are metered, and snapshots, which are exposed.

Every collector is a module of one shape: what it asks for, through the cloud port, and a pure function from an item of the API to a
sighting. `collector` says what all of them are given and bring home, `contents` what snapshots hold; `api.collection` runs them.
"""
