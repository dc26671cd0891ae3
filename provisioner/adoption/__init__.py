"""From what exists to manifests that ask for just that: how a city that already runs comes under management. Pure.

The documents are plain mappings in the manifest's own form; applying them at once changes nothing. What cannot be
said in a manifest is left out and reported, never bent. `takeover` is the way in.
"""
