"""Departments' requests: what is asked, by whom, how far it is, what it holds while it waits. Pure.

A request carries manifests through the reviews to the clouds. `states` says which step leads where and who may take it,
`request` holds the records, `documents` what a request's manifests may say, `increase` how much more they would hold and
whether there is room for it, `evidence` what reviewers see, `difference` what changed between two plans, and `calendar`
counts working days. `provisioner.deciding` puts them to work on the database.
"""
