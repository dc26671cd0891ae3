"""Fixtures that the whole run shares: one devcloud, one database server."""
