"""Where the rep's voice comes from, one file a kind."""
