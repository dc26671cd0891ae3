"""What may stand against a migration, one module for each subject, put together in `catalogue`. Pure.

    workload, bindings, views of both clouds, others under way -> `Case` -> checks -> findings

Planning asks them before a wave is started, and the step CHECK once more before anything is touched.
"""
