"""Which version of the tables this program reads. Known without Alembic, which is slow to import."""

from __future__ import annotations

HEAD = "0005"
"""The newest migration; a test holds it to Alembic's own answer."""
