"""Numbers: plain values in, a result out."""

import os

# Two threads of linear algebra that wait for one busy processor are many times slower than one thread
# alone; it must be said before the library is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
