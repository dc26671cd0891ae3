"""The command line: `tenantry`. One module per command; `main` holds them together."""
