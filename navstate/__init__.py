"""Back, Forward, Reload and a second tab show what is true, on any Django site."""

__version__ = "0.9.0"
