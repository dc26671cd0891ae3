"""Disks copied from one cloud to another through their own APIs: which bytes, how they travel, and the proof that they arrived."""
