"""Which line comes next: the rules, the persona and the script. No clock, no unseeded chance."""
