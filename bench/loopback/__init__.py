"""A small arXiv on loopback, its faults, and an encoder whose order can be foreseen: for tests and bench/hostile."""
