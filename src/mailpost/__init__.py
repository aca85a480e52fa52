"""Keep a blog by sending email."""

__version__ = "0.1.0"
