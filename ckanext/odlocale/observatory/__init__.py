"""The observatory: who has opened what, who is obliged, who is late, since when."""
