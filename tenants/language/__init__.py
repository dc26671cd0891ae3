"""How manifests are read: YAML to trees with places, and the shapes that say what a tree may hold. Knows no kind."""
