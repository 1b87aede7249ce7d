"""What columns of time, id and value are usually called, the surest names first."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TIME = _words(
    "ds date datetime timestamp time date_time month week quarter day year yr period step t"
)
# A column of this name must be the time, or it is asked about; it is never passed over.
SURELY_TIME = _words("ds date datetime timestamp time date_time")
# Integers are the time only under such a name, or one that ends with date or time.
INTEGER_TIME = {
    *TIME,
    *_words("steps timestep time_step tick index idx time_index years jahr hour minute"),
}
YEAR = _words("year yr years jahr")

ID = _words(
    "unique_id series_id item_id series store_id store shop_id shop sku product_id product item "
    "dept department family key ticker symbol station_id station sensor_id sensor meter_id meter "
    "device_id device customer_id customer account_id account country region state city site "
    "location category group name id"
)
SURELY_ID = _words("unique_id series_id")

SURELY_TARGET = _words("y target value values")
TARGET = _words(
    "sales demand quantity qty units units_sold amount volume count visits visitors trips rides "
    "passengers orders revenue turnover load consumption power energy price close"
)

ROW_NUMBER = ("", "index", "unnamed: 0", "row", "row_number", "id", "idx", "column0")

# Parts of a date beside the time column, and the integers they may hold: not values to forecast.
CALENDAR = {
    **dict.fromkeys(_words("year yr"), (1000, 3000)),
    **dict.fromkeys(_words("month mon"), (1, 12)),
    **dict.fromkeys(_words("day dayofmonth day_of_month"), (1, 31)),
    **dict.fromkeys(_words("weekday dayofweek day_of_week"), (0, 7)),
    **dict.fromkeys(_words("hour hr"), (0, 24)),
    **dict.fromkeys(_words("minute"), (0, 60)),
    **dict.fromkeys(_words("week weekofyear week_of_year"), (0, 53)),
    **dict.fromkeys(_words("quarter"), (1, 4)),
    **dict.fromkeys(_words("dayofyear day_of_year"), (1, 366)),
}

MONTHS = _words(
    "january february march april may june july august september october november december"
)
