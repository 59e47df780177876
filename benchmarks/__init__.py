"""What is measured and printed, never asserted: ``python -m benchmarks``, or ``make bench``."""
