from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from unspool.data.codes import Codes
from unspool.data.faults import Stopped
from unspool.data.layout import infer_layout
from unspool.data.options import TableOptions

DAYS = [str(day) for day in np.datetime64("2024-01-01") + np.arange(30)]
Y = np.arange(30.0)


@pytest.fixture
def layout_of(make_table):
    def infer(columns=None, /, options=None, **more):
        table = make_table({**(columns or {}), **more})
        return infer_layout(Codes(table), TableOptions(**(options or {})))[0]

    return infer


def _fault(layout_of, *args, **columns):
    with pytest.raises(Stopped) as caught:
        layout_of(*args, **columns)
    return caught.value


def test_known_long_names(layout_of):
    layout = layout_of(unique_id=["a"] * 30 + ["b"] * 30, ds=DAYS * 2, y=[*Y, *Y])
    assert (layout.kind, layout.id_names, layout.time_name) == ("long", ("unique_id",), "ds")
    assert layout.target_names == ("y",)
    assert layout.target_name == "y"


def test_a_known_id_of_one_series_is_kept(layout_of):
    layout = layout_of(unique_id=["a"] * 30, ds=DAYS, y=Y)
    assert (layout.kind, layout.id_name) == ("long", "unique_id")
    assert layout_of(store=[7] * 30, date=DAYS, y=Y).id_names == ("store",)


def test_usual_words_in_any_case(layout_of):
    layout = layout_of({"Store": [1] * 30 + [2] * 30, "Date": DAYS * 2, "Sales": [*Y, *Y]})
    assert (layout.id_name, layout.time_name, layout.target_name) == ("Store", "Date", "Sales")


def test_a_text_column_that_tells_repeated_times_apart_is_the_id(layout_of):
    layout = layout_of(when=DAYS * 3, what=["x"] * 30 + ["y"] * 30 + ["z"] * 30, n=[*Y, *Y, *Y])
    assert (layout.kind, layout.id_names, layout.target_names) == ("long", ("what",), ("n",))


def test_two_ids_are_taken_together_when_one_is_not_enough(layout_of):
    stores = [store for store in (1, 2) for _ in range(60)]
    items = [item for _ in (1, 2) for item in (5, 6) for _ in range(30)]
    layout = layout_of(date=DAYS * 4, store=stores, item=items, sales=np.arange(120))
    assert layout.id_names == ("store", "item")
    assert layout.id_types == (pa.int64(), pa.int64())


def test_an_id_column_that_adds_nothing_is_left_aside(layout_of):
    names = ["Ulm"] * 30 + ["Bonn"] * 30
    layout = layout_of(date=DAYS * 2, store=[1] * 30 + [2] * 30, city=names, sales=[*Y, *Y])
    assert layout.id_names == ("store",)
    assert layout.ignored == (("city", "text"),)


def test_a_few_duplicates_do_not_turn_a_text_column_into_an_id(layout_of):
    kinds = ["W", "A", "U"] * 10
    layout = layout_of(
        service_date=[*DAYS, DAYS[4]], day_type=[*kinds, kinds[4]], bus=[*Y, 4.0], rail=[*Y, 4.0]
    )
    assert (layout.kind, layout.target_names) == ("wide", ("bus", "rail"))
    assert layout.ignored == (("day_type", "text"),)


def test_wide_is_every_number_column(layout_of):
    layout = layout_of(date=DAYS, bus=Y, rail=Y, note=["x"] * 30, flag=[True] * 30)
    assert (layout.kind, layout.id_names) == ("wide", ())
    assert layout.target_names == ("bus", "rail")
    assert layout.target_name == "value"
    assert layout.ignored == (("note", "text"), ("flag", "bool"))


def test_one_number_column_is_a_single_series(layout_of):
    layout = layout_of(Month=["1749-01", "1749-02"], Sunspots=[58.0, 62.6])
    assert (layout.kind, layout.id_names, layout.time_name) == ("single", (), "Month")
    assert layout.target_name == "Sunspots"


def test_without_a_time_column_rows_are_the_steps(layout_of):
    layout = layout_of(Y=[1.0, 2.0])
    assert (layout.kind, layout.time_name, layout.style.kind) == ("single", None, "rows")
    layout = layout_of(unique_id=["a", "a", "b", "b"], y=[1.0, 2.0, 3.0, 4.0])
    assert (layout.kind, layout.time_name) == ("long", None)


def test_an_integer_year_is_the_time(layout_of):
    layout = layout_of(YEAR=[1700, 1701, 1702], SUNACTIVITY=[5, 11, 16])
    assert (layout.time_name, layout.target_names) == ("YEAR", ("SUNACTIVITY",))
    assert layout.style.years


def test_a_first_column_that_counts_the_rows_is_the_time(layout_of):
    assert layout_of(n=[5, 6, 7], value=[1.0, 2.0, 3.0]).time_name == "n"
    assert layout_of(n=[5, 6, 8], value=[1.0, 2.0, 3.0]).time_name is None
    assert layout_of(a=[1, 2, 3]).time_name is None


def test_row_numbers_and_parts_of_the_date_are_no_series(layout_of):
    layout = layout_of(
        {"Unnamed: 0": range(30), "date": DAYS, "year": [2024] * 30, "weekday": [1] * 30, "n": Y}
    )
    assert layout.target_names == ("n",)
    assert [name for name, _ in layout.ignored] == ["Unnamed: 0", "year", "weekday"]


def test_the_surer_name_is_the_time(layout_of):
    layout = layout_of(updated=DAYS, date=DAYS, n=Y)
    assert layout.time_name == "date"
    assert layout_of(service_date=DAYS, year=[2024] * 30, n=Y).time_name == "service_date"


def test_months_of_a_year_as_columns_are_remarked_upon(layout_of):
    months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    layout = layout_of({"YEAR": [1950, 1951], **{month: [1.0, 2.0] for month in months}})
    assert layout.target_names == tuple(months)
    assert "months of a year" in layout.notes[0]


def test_roles_can_be_given(layout_of):
    columns = {
        "a": DAYS * 2,
        "b": DAYS * 2,
        "c": ["x"] * 30 + ["y"] * 30,
        "d": [*Y, *Y],
        "e": [*Y, *Y],
    }
    layout = layout_of(columns, options={"id": "c", "time": "b", "target": "e"})
    assert (layout.id_name, layout.time_name, layout.target_name) == ("c", "b", "e")
    assert layout.ignored == (("a", "not a target"), ("d", "not a target"))


def test_several_targets_make_a_wide_table(layout_of):
    layout = layout_of(date=DAYS, store=[1] * 30, a=Y, b=Y, options={"target": ["b", "a"]})
    assert (layout.kind, layout.target_names) == ("wide", ("b", "a"))


def test_one_target_of_a_wide_table_is_a_single_series(layout_of):
    layout = layout_of(date=DAYS, a=Y, b=Y, options={"target": "b"})
    assert (layout.kind, layout.target_names) == ("single", ("b",))


def test_the_target_of_a_long_table_is_asked_for_when_names_do_not_tell(layout_of):
    stopped = _fault(layout_of, unique_id=["a"] * 30, ds=DAYS, first=Y, second=Y)
    assert stopped.usage
    line = stopped.fault.render("cli")
    assert "any of 'first', 'second' can be the target" in line
    assert "--target first, or another of them" not in line
    assert "--target first or another of them says which" in line
    stopped = _fault(layout_of, unique_id=["a"] * 30, ds=DAYS, sales=Y, price=Y)
    assert "'sales', 'price'" in stopped.fault.message


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"target": "rial"},
            "target 'rial' is not a column; there are 'date', 'bus', 'rail', 'note'; did you mean "
            "'rail'?",
        ),
        ({"time": "DATES"}, "time 'DATES' is not a column"),
        ({"id": "zzzz"}, "id 'zzzz' is not a column"),
        (
            {"target": "note"},
            "target 'note' holds no numbers; columns of numbers are 'bus', 'rail'",
        ),
        ({"id": "date"}, "id 'date' holds times"),
        ({"id": "note", "target": ["bus", "rail"]}, "a table with an id column has one target"),
    ],
)
def test_names_that_do_not_fit_are_refused(layout_of, options, says):
    days = pa.array(DAYS).cast(pa.date32())
    stopped = _fault(layout_of, options=options, date=days, bus=Y, rail=Y, note=["x"] * 30)
    assert stopped.usage
    assert says in stopped.fault.message


def test_a_table_without_numbers_rows_or_with_equal_names(layout_of, make_table):
    stopped = _fault(layout_of, date=DAYS, word=["x"] * 30)
    assert "no column of numbers among 'date', 'word'" in stopped.fault.message
    assert not stopped.usage
    assert _fault(layout_of, date=pa.array([], pa.string()), y=[]).fault.kind == "empty"
    twice = make_table(a=[1]).columns.append_column("a", pa.array([2]))
    table = make_table(b=[1])
    object.__setattr__(table, "columns", twice)
    with pytest.raises(Stopped, match="several columns are called 'a'"):
        infer_layout(Codes(table), TableOptions())


def test_a_date_that_cannot_be_read_is_not_passed_over(layout_of):
    assert (
        "column 'date' cannot be read" in _fault(layout_of, date=["x", "y"], n=[1, 2]).fault.message
    )
    assert "not whole" in _fault(layout_of, time=[0.5, 1.0], n=[1, 2]).fault.message


def test_series_in_rows_are_refused(layout_of):
    stopped = _fault(
        layout_of, V1=["W1", "W2"], V2=[1, 2], V3=[1, 2], V4=[1, 2], V5=[1, 2], V6=[1, 2]
    )
    assert stopped.usage
    assert "each row seems to be a series" in stopped.fault.message


@pytest.mark.parametrize("names", [("year", "month"), ("date", "hour")])
def test_a_time_spread_over_columns_is_refused(layout_of, names):
    coarse = [2000] * 12 + [2001] * 12 if names[0] == "year" else [DAYS[0]] * 12 + [DAYS[1]] * 12
    stopped = _fault(layout_of, {names[0]: coarse, names[1]: [*range(1, 13)] * 2, "n": range(24)})
    assert stopped.usage
    assert "spread over" in stopped.fault.message
    assert names[0] in stopped.fault.message
    assert names[1] in stopped.fault.message
