"""What runs inside the OpenStack environment: one process for each service of each cloud.

Nothing here is imported by the launcher, and nothing here imports the launcher's modules but the pure records that
both sides exchange through files (:mod:`devcloud.records`, :mod:`devcloud.faultrules`).
"""
