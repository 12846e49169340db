"""The agent's desk: one file sent in, checked, corrected, reviewed, published."""
