"""The array types of the tagger and of methods that stand on it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def unit_rows(matrix: Floats) -> Floats:
    """Scale each row to length one; a row of zeros stays."""
    length = np.linalg.norm(matrix, axis=-1, keepdims=True)
    scaled: Floats = (matrix / np.where(length > 0, length, 1)).astype(np.float32)
    return scaled
