"""A synthetic prospect to practise selling aloud with: give room and they come closer, chase and they run."""

__version__ = "0.1.0"
