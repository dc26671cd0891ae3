"""Waves and migrations on a terminal and as documents: planned, under way, ended."""
