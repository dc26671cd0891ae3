"""What may be granted to a project, one module for each sort: how it is told who has it, and how it is given and taken.

`provisioner.kinds.grant` decides, the same for all sorts.
"""
