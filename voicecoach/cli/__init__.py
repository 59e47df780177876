"""The shell: arguments → wiring → loop → exit code."""
