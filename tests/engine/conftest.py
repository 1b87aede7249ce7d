"""The engine's tests share cells and random programs, which a subprocess reads from here too."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
