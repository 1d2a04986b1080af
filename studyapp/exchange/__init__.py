"""Import and export: course sheets, Anki, JSON lines."""
