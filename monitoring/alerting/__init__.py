"""What Prometheus computes from the metrics, and when somebody is told: rules as records, written out into `monitoring/rules`.

They are records so that rules, runbooks, dashboards and the catalogue of metrics cannot part: tests hold each to the others.
"""
