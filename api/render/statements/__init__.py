"""Statements for programs (JSON and CSV with FOCUS column names) and for people (a page, a terminal)."""
