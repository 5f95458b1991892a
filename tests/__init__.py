"""The specification: a file for each part of the program, its cases and helpers in data/ and helpers/."""

import os

# A process runs on each core already: threads of numpy, FAISS and torch beside it would only wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
