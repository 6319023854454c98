"""French, with the month in words also where space is short."""

DATETIME_FORMAT = "j F Y, H:i"
MONTH_DAY_FORMAT = "j N"
SHORT_DATE_FORMAT = "j N Y"
SHORT_DATETIME_FORMAT = "j N Y, H:i"
