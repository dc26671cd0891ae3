"""The kind `Application`, one module for each group of its objects."""
