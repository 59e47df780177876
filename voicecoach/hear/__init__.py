"""Sound to words: sources, speech or not, turns, words."""
