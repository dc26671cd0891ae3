"""A Python client of the HTTP API: `client.Client` asks a running service, and is what the command line uses over the network."""
