"""Statements of what tenants used and what it cost: the records that are made of metering, closed, and kept. Pure.

quantities, prices -> (monitoring.statements) -> statements -> closing: chained by hash, never changed again
"""
