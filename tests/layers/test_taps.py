from __future__ import annotations

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from unspool.layers.taps import products, reach


@pytest.mark.parametrize(("kernel", "dilation", "steps"), [(1, 5, 1), (2, 1, 2), (3, 4, 9)])
def test_a_kernel_spans_from_its_first_tap_to_its_last(
    kernel: int, dilation: int, steps: int
) -> None:
    assert reach(kernel, dilation) == steps


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("kernel", "stride", "dilation"), [(1, 1, 1), (2, 1, 3), (4, 2, 1)])
def test_it_is_xlas_own_convolution(kernel: int, stride: int, dilation: int) -> None:
    random = np.random.default_rng(0)
    seen, weight = random.normal(size=(2, 11, 3)), random.normal(size=(5, kernel * 3))
    wanted = jax.lax.conv_general_dilated(
        seen,
        weight.reshape(5, kernel, 3).transpose(1, 2, 0),
        (stride,),
        "VALID",
        rhs_dilation=(dilation,),
        dimension_numbers=("NWC", "WIO", "NWC"),
    )
    found = products(seen, weight, kernel, dilation=dilation, stride=stride)
    assert_allclose(found, wanted, rtol=1e-12)
