"""YAML and Markdown on disk to core objects. Every problem names file, line and key."""
