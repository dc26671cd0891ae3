"""What is used, and for how long: the records that collectors make, that metering decides on and that the store keeps.

    sightings -> (monitoring.metering, with the open intervals of a ledger) -> intervals, coverage -> quantities

Pure. Times are aware and whole seconds count; sizes are integers in base units (bytes, not GiB).
"""
