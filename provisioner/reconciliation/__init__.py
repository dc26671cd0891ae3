"""Keeps clouds as they were approved: looks at them again and again, corrects by policy, ends what has an end.

`comparison`, `judgement`, `conditions`, `merging` and `ending` decide and touch nothing; `looking`, `correcting`, `endings` and
`sweeping` act on what they say, and `routines` has all of it come again.
"""
