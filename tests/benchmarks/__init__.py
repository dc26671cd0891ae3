"""How fast Tenantry is, and how few requests it sends: the figures of docs/performance.md, measured here and now.

Run as `python -m tests.benchmarks`, or with the names of some. What can be, is measured against something that is
measured in the same run on the same clouds, so that a figure means the same on any machine.

    departments       the work that is given: departments, as manifests and as requests
    fewest            the fewest requests that the work can take, request by request
    bare              a bare loop that sends exactly those
    process           Tenantry's own process: how long it takes, how much memory
    bench             clouds, records and folders that benchmarks share
    apply_new, apply_again, distant, ansible, recorded_plan, validation      the benchmarks
    measurements      what they return
    machine, report, document      where it was measured, and how it is shown and kept
"""
