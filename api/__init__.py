"""Every way in. The only place that wires the parts together."""
