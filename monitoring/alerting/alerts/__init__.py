"""The alerts, one module for each subject. Every one has a runbook, and a test in which it fires and one in which it is silent."""
