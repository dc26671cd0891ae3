"""Metering: looks at clouds to intervals, intervals to integer resource-seconds. Pure; the store keeps what comes of it.

`dating` says when something happened, `tracking` what became of one resource, `looks` what a whole look changes, `sums`
and `levels` what intervals amount to, and `crosscheck` how that compares with what Nova says itself. The rules in plain
words are in docs/metering.md.
"""
