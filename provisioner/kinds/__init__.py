"""The kinds of object that Tenantry manages, one module each, and the catalogue of them.

Each module says everything about its kind: what a manifest asks of it, what an observation shows of it, what a change
to it means, and how the change is made. Adding a kind is a module here and a line in `catalogue`.
"""
