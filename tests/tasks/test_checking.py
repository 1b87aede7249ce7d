import numpy as np
import pandas as pd
import pytest

import unspool
from unspool.errors import UsageError


def table():
    days = pd.date_range("2024-01-01", periods=40)
    return pd.DataFrame({"day": days, "sold": np.arange(40.0) % 7})


def test_a_sound_table_has_a_report_that_says_so():
    assert unspool.check(table()).ok


def test_a_fault_is_in_the_report_and_gone_with_the_option_that_it_names():
    frame = table().drop(index=[5, 6])
    report = unspool.check(frame)
    assert not report.ok
    assert any('gaps="interpolate"' in line for line in report.lines("python"))
    assert unspool.check(frame, unspool.TableOptions(gaps="interpolate")).ok


def test_options_that_do_not_fit_the_table_are_a_usage_error():
    with pytest.raises(UsageError, match="'price'"):
        unspool.check(table(), unspool.TableOptions(target="price"))
