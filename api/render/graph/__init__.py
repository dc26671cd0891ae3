"""Drawings of applications and what they depend on: one record, written as Mermaid or as SVG. Pure throughout."""
