"""A real OpenStack on one machine, for the demo and for the integration tests.

The devcloud runs Keystone, Placement, Glance, Neutron, Cinder and Nova, unchanged, from PyPI: quotas are truly
enforced, schedulers truly place, and errors are the true ones. Only the hypervisor and the packet path are fakes.

This package has two sides that never share an interpreter:

* the launcher (every module directly in ``devcloud``), standard library and PyYAML only, runs in any Python 3.11;
* ``devcloud.services``, which runs inside the OpenStack environment that :mod:`devcloud.environment` installs.

Ways in: ``python -m devcloud`` (:mod:`devcloud.cli`) and, from pytest, :func:`devcloud.fixture.running`.
"""
