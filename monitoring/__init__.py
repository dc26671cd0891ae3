"""What is: the state of allocations as people and machines read it."""
