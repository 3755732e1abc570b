# SPDX-License-Identifier: BSD-3-Clause
"""When enough samples were seen to say on which side of a limit an accuracy is.

The bounds hold for all numbers of samples at once (a confidence sequence), so that one may look after every sample and stop when they tell. With k of n
samples right, all p are within them for which

    B(k + 1, n - k + 1) / (p^k (1 - p)^(n - k)) < 1 / alpha

where B is the beta function. The left side is the mixture of likelihood ratios over all p (uniform weights), whose mean is 1 when p is true: by
Ville's inequality it ever reaches 1 / alpha with a probability of at most alpha. H. Robbins, Statistical methods related to the law of the
iterated logarithm, Ann. Math. Statist. 41 (1970), 1397-1409, section 2; S. R. Howard et al., Time-uniform, nonparametric, nonasymptotic
confidence sequences, Ann. Statist. 49 (2021), 1055-1080.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .._errors import InvalidArgumentError

METHOD = "beta-binomial confidence sequence (Robbins 1970)"


def log_evidence(hits: int, n: int, p: float) -> float:
    """Logarithm of the left side: what speaks against p."""
    against = math.lgamma(hits + 1) + math.lgamma(n - hits + 1) - math.lgamma(n + 2)
    for count, part in ((hits, p), (n - hits, 1 - p)):
        if count:
            if part <= 0:
                return math.inf
            against -= count * math.log(part)
    return against


def bounds(hits: int, n: int, confidence: float) -> tuple[float, float]:
    """The least and the largest accuracy that the samples allow."""
    limit = -math.log1p(-confidence)

    def edge(outside: float, inside: float) -> float:
        if log_evidence(hits, n, outside) < limit:
            return outside
        for _ in range(60):
            middle = (outside + inside) / 2
            outside, inside = (middle, inside) if log_evidence(hits, n, middle) >= limit else (outside, middle)
        return outside

    return (edge(0.0, hits / n), edge(1.0, hits / n)) if n else (0.0, 1.0)


@dataclass
class Decision:
    """Whether the accuracy is above or below `limit`, looked at after each sample."""

    limit: float
    confidence: float
    n: int = 0
    hits: int = 0
    decided_after: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.limit < 1:
            raise InvalidArgumentError(f"decide={self.limit}, expected an accuracy between 0 and 1")
        if not 0 < self.confidence < 1:
            raise InvalidArgumentError(f"confidence={self.confidence}, expected a number between 0 and 1, such as 0.95")
        self._enough = -math.log1p(-self.confidence)

    def add(self, hit: bool) -> bool:
        """Whether it is decided."""
        self.n += 1
        self.hits += hit
        if self.decided_after is None and log_evidence(self.hits, self.n, self.limit) >= self._enough:
            self.decided_after = self.n
            self.is_above = self.hits / self.n > self.limit
        return self.decided_after is not None

    def document(self) -> dict[str, Any]:
        low, high = bounds(self.hits, self.n, self.confidence)
        verdict = "open" if self.decided_after is None else "above" if self.is_above else "below"
        return {"limit": self.limit, "confidence": self.confidence, "verdict": verdict, "decided_after": self.decided_after, "low": low, "high": high,
                "method": METHOD}
