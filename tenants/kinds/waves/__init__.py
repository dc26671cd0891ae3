"""The kind `Wave`, one module for each group of what it says."""
