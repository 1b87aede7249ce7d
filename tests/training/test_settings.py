import pytest

from unspool.errors import UsageError
from unspool.training.settings import Training


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"steps": 0}, "steps must be a whole number of at least 1, got 0"),
        ({"steps": 1.5}, "steps must be a whole number of at least 1, got 1.5"),
        ({"batch": True}, "batch must be a whole number of at least 1, got True"),
        ({"patience": "8"}, "patience must be a whole number of at least 1, got '8'"),
        ({"checks": None}, "checks must be a whole number of at least 1, got None"),
        ({"learning_rate": 0.0}, "learning_rate must be a number above 0, got 0.0"),
        ({"learning_rate": True}, "learning_rate must be a number above 0, got True"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number above 0, got nan"),
        ({"clip_norm": float("inf")}, "clip_norm must be a number above 0, got inf"),
        ({"clip_norm": None}, "clip_norm must be a number above 0, got None"),
        ({"clip_value": 0}, "clip_value must be a number above 0, got 0"),
        ({"minutes": -1}, "minutes must be a number above 0, got -1"),
        ({"finish": -0.1}, "finish must be a number from 0 to 10, got -0.1"),
        ({"finish": "0"}, "finish must be a number from 0 to 10, got '0'"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value(wrong, words):
    with pytest.raises(UsageError, match=words):
        Training(**wrong)


def test_no_time_limit_no_bound_of_elements_and_no_finishing_are_settings_too():
    assert Training(minutes=None, clip_value=None, finish=0).minutes is None
