"""Probes: see from outside that an application works.

`checks` says which questions an application's probes mean, given where its servers are (`sight`, seen by `look`); `tcp`,
`http` and `command` each ask one kind of question; `run` asks them all side by side and gives `readings`.
"""
