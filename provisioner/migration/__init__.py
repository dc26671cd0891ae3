"""Migrations as records and decisions, without any effect: what moves, in which steps, what may begin, what came of it.

wave in force -> workload -> checks, mappings -> script of steps -> (`provisioner.moving` takes them) -> evidence
"""
