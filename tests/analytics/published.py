"""Published data of crossed and nested random effects, with what published fits of them say.

The figures are facts from O. L. Davies, P. L. Goldsmith (eds.), "Statistical Methods in Research and
Production", 4th ed. (1972), and G. E. P. Box, G. C. Tiao, "Bayesian Inference in Statistical Analysis"
(1973), as the R package lme4 gives them out.
"""

import numpy as np

PENICILLIN = """
27 23 26 23 23 21  27 23 26 23 23 21  25 21 25 24 24 20  26 23 25 23 23 20  25 22 26 22 23 20
24 22 25 23 22 19  24 20 23 21 22 19  26 22 26 24 24 21  24 21 24 22 22 20  24 21 24 23 22 19
26 23 26 24 24 21  25 22 26 24 24 20  26 24 26 24 25 22  26 23 26 23 23 20  26 23 25 24 24 22
25 22 25 23 23 20  25 21 24 23 23 20  25 22 24 23 23 19  24 21 23 21 21 19  26 23 26 24 24 21
25 21 24 22 22 18  25 22 25 22 22 20  24 21 24 22 24 19  24 21 24 22 21 18
"""
"""Diameter of the zone by plate (24) and sample (6), one plate after the other."""

PASTES = """
62.8 62.6 60.1 62.3 62.7 63.1  60.0 61.4 57.5 56.9 61.1 58.9  58.7 57.5 63.9 63.1 65.4 63.7
57.1 56.4 56.9 58.6 64.7 64.5  55.1 55.1 54.7 54.2 58.8 57.5  63.4 64.9 59.3 58.1 60.5 60.0
62.5 62.6 61.0 58.7 56.9 57.7  59.2 59.4 65.2 66.0 64.8 64.1  54.8 54.8 64.0 64.0 57.7 56.8
58.3 59.3 59.2 59.2 58.9 56.6
"""
"""Strength of a paste: 10 batches, 3 casks of each, 2 tests of each cask."""

DYESTUFF = """
1545 1440 1440 1520 1580  1540 1555 1490 1560 1495  1595 1550 1605 1510 1560
1445 1440 1595 1465 1545  1595 1630 1515 1635 1625  1520 1455 1450 1480 1445
"""
"""Yield of 6 batches, 5 preparations of each."""

DYESTUFF2 = """
7.298 3.846 2.434 9.566 7.990  5.220 6.556 0.608 11.788 -0.892  0.110 10.386 13.434 5.510 8.166
2.212 4.852 7.092 9.288 4.980  0.282 9.014 4.458 9.446 7.198  1.722 4.782 8.106 0.758 3.758
"""
"""The same design, made so that the batches differ less than chance would have them."""


def numbers(text: str) -> np.ndarray:
    return np.array(text.split(), dtype=float)


def penicillin() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Plates as items, samples as raters."""
    return np.repeat(np.arange(24), 6), np.tile(np.arange(6), 24), numbers(PENICILLIN)


def pastes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Casks (numbered through) as items, batches as raters: one factor inside the other."""
    return np.repeat(np.arange(30), 2), np.repeat(np.arange(10), 6), numbers(PASTES)


def dyestuff(text: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Batches as items, one rater for all."""
    return np.repeat(np.arange(6), 5), np.zeros(30, dtype=int), numbers(text)
