"""Words to a verdict: acts, evidence, and the honesty to abstain."""
