"""How much memory a process holds. Standard library alone: the peer's Python reads it too."""

from __future__ import annotations

from pathlib import Path


def resident_mb(process: int | str = "self") -> float:
    """Main memory that a process holds now."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6
