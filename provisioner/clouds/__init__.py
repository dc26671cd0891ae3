"""The clouds, behind one interface: OpenStack's for work, memory's for tests and rehearsals."""
