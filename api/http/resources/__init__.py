"""One module for each resource: its routes, its models, its examples."""
