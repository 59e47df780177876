"""What happened: the event log, the sound, and the reader of both."""
