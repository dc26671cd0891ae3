"""Metrics between the record and whoever scrapes: read now and then, written out once, kept ready."""
