"""Jobs: long work that survives kills, on this machine or on many."""
