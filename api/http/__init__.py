"""Tenantry over HTTP: resources under `/v1`, problems as RFC 9457 has them, and who may see what."""
