"""Lines to sound in the rep's ears: the engine, its clips, the speaker."""
