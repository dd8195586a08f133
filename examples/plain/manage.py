#!/usr/bin/env python3
"""Django's commands for this example. FLAVOUR=stock or three says how much of navstate there is."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]  # navstate lies beside the examples
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "library.settings")

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
