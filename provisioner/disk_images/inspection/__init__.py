"""Disk images inspected without any tool of their format: pure over a few bytes of them, nothing believed that can be checked."""
