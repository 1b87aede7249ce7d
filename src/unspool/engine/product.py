"""A matrix of parameters times a vector of one sequence, as a primitive that names its matrix.

While a step is traced its matrices are not there: a product says which one it uses, and whether
transposed. So the derivative of a step contains no matrix either, only products, and the gradient
of a matrix is collected from what its products were given (see `engine.step`).
"""

from __future__ import annotations

from typing import Any

import jax
from jax.extend.core import Primitive
from jax.interpreters import ad
from jaxtyping import Array

product_p = Primitive("unspool_product")


def product(vector: Array, *, matrix: int, transposed: bool, size: int) -> Array:
    """Matrix number `matrix`, transposed or not, times `vector` (columns,) -> (size,)."""
    params = {"matrix": matrix, "transposed": transposed, "size": size}
    result: Array = product_p.bind(vector, **params)  # type: ignore[no-untyped-call]
    return result


def _abstract(vector: Any, *, matrix: int, transposed: bool, size: int) -> Any:
    return jax.core.ShapedArray((size,), vector.dtype)


def _transpose(cotangent: Any, vector: Any, *, matrix: int, transposed: bool, size: int) -> Any:
    if isinstance(cotangent, ad.Zero):
        return [ad.Zero(vector.aval)]
    columns = vector.aval.shape[0]
    return [product(cotangent, matrix=matrix, transposed=not transposed, size=columns)]


product_p.def_abstract_eval(_abstract)  # type: ignore[no-untyped-call]
ad.deflinear2(product_p, _transpose)  # type: ignore[no-untyped-call]
