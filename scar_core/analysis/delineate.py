"""Moved to ``scar_core.quality.delineate``."""

from scar_core.quality.delineate import Wave as Wave
from scar_core.quality.delineate import delineate as delineate
