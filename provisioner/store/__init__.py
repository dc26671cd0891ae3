"""What Tenantry remembers, in PostgreSQL: revisions, plans, decisions, operations, observations, drift, audit.

`database` opens it, `migrations` shapes it, and each other module is one repository: a few functions that take an open
`Connection` first, so that a caller composes several writes into one transaction.
"""
