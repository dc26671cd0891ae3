"""Grafana dashboards, made from records, so that they cannot part from the metrics: tests hold every expression to the catalogue.

Titles, which operators read all day, are Chinese; descriptions, behind each panel's mark, are English. `json/` has what Grafana
reads (classic model, schema version 38: Grafana 10.1 and later).
"""
