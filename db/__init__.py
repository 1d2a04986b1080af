"""The only code that knows SQL: models, engine, reads, store, migrations, backup."""
