"""Make it so: observe the clouds, compare, plan, decide, apply, record."""
