"""Playbooks run in guests by ansible-runner, with what they tell kept as evidence."""
