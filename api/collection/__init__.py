"""Collection's effects: collectors run on clouds, within their budget of requests, and what they find written down.

routines (what comes again) -> collecting (one run) -> monitoring.collection (what is asked, what it means) -> the record
"""
