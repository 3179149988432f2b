"""Scores as a sum of proposal, reviewer and chance: the restricted likelihood of two crossed effects.

y = μ + item + rater + error, the effects normal with their own variances. Everything is written in the
ratios of their standard deviations to that of the error, so that only two parameters are left.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

STEEPEST = 1e4
"""No effect is taken to vary more than this many times as much as the error."""
KEPT = 6_000_000
"""So many numbers at most are made once and kept for all likelihoods; beyond it they are made each time."""


@dataclass(frozen=True, eq=False)
class Solution:
    """The model at two given ratios.

    `mean` counts from the design's `center`; `first` and `second` are the effects of the two factors in
    the unit of y (first is eliminated, second is solved densely); `penalized` is the penalized sum of
    squares, which over n - 1 estimates the error's variance; `information` is 1'V⁻¹1 in units of it.
    `lower` holds in its lower half the Cholesky factor of the second factor's block, `toward_one` what that
    block answers to the mean; both serve to draw.
    """

    deviance: float
    mean: float
    first: Numbers
    second: Numbers
    penalized: float
    information: float
    shrink: Numbers
    lower: Numbers
    toward_one: Numbers


class Crossed:
    """Observations of two crossed factors, prepared so that one likelihood costs one dense factorization.

    The factor with more levels is eliminated (its block is diagonal); the other, `second`, of at most a
    few thousand levels, is dense. Source: D. Bates, M. Mächler, B. Bolker, S. Walker, "Fitting linear
    mixed-effects models using lme4", J. Statistical Software 67 (2015), equations 33 to 42.
    """

    def __init__(self, items: Codes, raters: Codes, values: Numbers) -> None:
        from scipy import sparse

        self.turned = int(raters.max()) > int(items.max())
        """True when the raters are the eliminated factor."""
        self.one, self.two = (raters, items) if self.turned else (items, raters)
        self.n = len(values)
        self.centre = float(values.mean())
        self.y = values - self.centre
        levels_one, levels_two = int(self.one.max()) + 1, int(self.two.max()) + 1
        self.size_one = np.bincount(self.one, minlength=levels_one).astype(np.float64)
        self.size_two = np.bincount(self.two, minlength=levels_two).astype(np.float64)
        self.sum_one = np.bincount(self.one, self.y, minlength=levels_one)
        self.sum_two = np.bincount(self.two, self.y, minlength=levels_two)
        ones = np.ones(self.n)
        self.together = sparse.csr_array((ones, (self.one, self.two)), shape=(levels_one, levels_two))
        self.apart = sparse.csr_array(self.together.T)
        sizes = np.unique(self.size_one)
        self.kept = (
            [(size, self._squares(self.size_one == size)) for size in sizes if size]
            if len(sizes) * levels_two**2 <= KEPT
            else None
        )

    def _squares(self, weights: npt.NDArray[np.generic]) -> Numbers:
        """Σ weight · c c' over the levels of the first factor, c the counts by level of the second."""
        scaled = self.together.multiply(np.asarray(weights, dtype=np.float64)[:, None])
        squares: Numbers = (self.apart @ scaled.tocsr()).toarray(order="F")
        return squares

    def solve(self, ratio_one: float, ratio_two: float) -> Solution:
        """The model with the two standard deviations at these multiples of the error's (0 or more)."""
        from scipy.linalg import lapack

        lam, tau = ratio_one**2, ratio_two**2
        open_one = 1 / (1 + lam * self.size_one)
        shrink = lam * open_one
        toward_y = self.sum_two - self.apart @ (shrink * self.sum_one)
        toward_one = self.apart @ open_one
        if lam == 0 or tau == 0:
            diagonal = np.sqrt(1 + tau * self.size_two)
            lower: Numbers = np.diag(diagonal)
            solved_y, solved_one = toward_y / diagonal**2, toward_one / diagonal**2
        else:
            lower, failed = lapack.dpotrf(self._dense(lam, tau), lower=1, clean=0, overwrite_a=1)
            if failed:  # pragma: no cover - I + a positive semidefinite matrix
                raise ArithmeticError("the scores allow no solution")
            solved, _ = lapack.dpotrs(lower, np.column_stack([toward_y, toward_one]), lower=1)
            solved_y, solved_one = solved.T
            diagonal = np.diag(lower)
        information = float(self.size_one @ open_one - tau * (toward_one @ solved_one))
        mean = float(self.sum_one @ open_one - tau * (toward_one @ solved_y)) / information
        pull_two = solved_y - mean * solved_one
        second = tau * pull_two
        pull_one = (self.sum_one - mean * self.size_one - self.together @ second) * open_one
        first = lam * pull_one
        rest = self.y - mean - first[self.one] - second[self.two]
        # Sums of squares, not a difference of two: nothing cancels when the error is small.
        penalized = float(rest @ rest + lam * (pull_one @ pull_one) + tau * (pull_two @ pull_two))
        free = self.n - 1
        with np.errstate(divide="ignore"):
            deviance = float(
                -np.log(open_one).sum()
                + 2 * np.log(diagonal).sum()
                + np.log(information)
                + free * (1 + np.log(2 * np.pi * penalized / free))
            )
        return Solution(deviance, mean, first, second, penalized, information, shrink, lower, solved_one)

    def _dense(self, lam: float, tau: float) -> Numbers:
        """I + tau · (sizes - Σ shrink c c') of the second factor, in the order that LAPACK overwrites."""
        if self.kept is None:
            dense = self._squares(lam / (1 + lam * self.size_one))
            dense *= -tau
        else:
            size, squares = self.kept[0]
            dense = squares * (-tau * lam / (1 + lam * size))
            for size, squares in self.kept[1:]:
                dense -= squares * (tau * lam / (1 + lam * size))
        dense[np.diag_indices_from(dense)] += 1 + tau * self.size_two
        return dense

    def variances(self, at: Solution, ratio_two: float) -> tuple[Numbers, Numbers]:
        """Variances of the effects of both factors given the mean, in units of the error's variance."""
        from scipy.linalg import cho_solve

        tau = ratio_two**2
        inverse: Numbers = cho_solve((at.lower, True), np.eye(len(at.second)), check_finite=False)
        # c' S⁻¹ c for the few second-factor levels that each first-factor level met.
        met = (self.together @ inverse)[self.one, self.two]
        through = np.bincount(self.one, met, minlength=len(at.first))
        return at.shrink + tau * at.shrink**2 * through, tau * np.diag(inverse)
