"""The schema's history, by Alembic: each file in `versions` is one step, and runs once on every database."""
