"""Writes the rows of the tiers to Parquet files for DuckDB, through `adtally store` on the same folder, and finds those of
the archive."""

import datetime
import shutil
import sys
import urllib.parse

import store_process
from server import send

COLUMNS = (
    "advertiser_id, campaign_id, ad_group_id, creative_id, CAST(device AS String) AS device, country, region, "
    "impressions, clicks, conversions, invalid_impressions, invalid_clicks, invalid_conversions, "
    "duplicate_impressions, duplicate_clicks, duplicate_conversions, spend_micros, conversion_value_micros"
)
PUBLISHED = "(SELECT partition, s.1, s.2 FROM adtally.tier_status FINAL ARRAY JOIN slots AS s WHERE tier = '{}')"
DAYS = "(toYYYYMM(day), toDayOfMonth(day), generation) IN " + PUBLISHED.format("day")
HOURS = "(toYYYYMMDD(hour), toHour(hour), generation) IN " + PUBLISHED.format("hour")


class StoreOf(store_process.Store):
    """`adtally store` on a folder that is kept."""

    def __init__(self, data):
        super().__init__()
        shutil.rmtree(self.folder)
        self.data = data
        self.log = data / "store.log"

    def __exit__(self, *_):
        self.kill9()

    def ask(self, sql):
        user, password = store_process.READER
        target = "/?" + urllib.parse.urlencode({"user": user, "password": password})
        answer = send(self.address, "POST", target, sql.encode(), timeout=600)
        if answer.status != 200:
            raise AssertionError(f"{sql}: {answer}")
        return answer.body


class Exporter:
    def __init__(self, store, folder):
        self.store = store
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name, sql):
        path = self.folder / f"{name}.parquet"
        if path.exists():
            return
        partial = path.with_suffix(".tmp")
        partial.write_bytes(self.store.ask(f"{sql} FORMAT Parquet"))
        partial.rename(path)
        print(f"exported {path.name}", file=sys.stderr)

    def days(self):
        """A third of a month each: the store's answers have at most 100 MiB."""
        for month in self.store.ask("SELECT DISTINCT toYYYYMM(day) AS month FROM adtally.day ORDER BY month").split():
            month = month.decode()
            for third in range(3):
                self.write(
                    f"day-{month}-{third}",
                    f"SELECT day, {COLUMNS} FROM adtally.day WHERE toYYYYMM(day) = {month} AND "
                    f"least(2, intDiv(toDayOfMonth(day) - 1, 10)) = {third} AND {DAYS} "
                    "ORDER BY advertiser_id, campaign_id, day",
                )

    def hours(self, first, last):
        day = first
        while day <= last:
            self.write(
                f"hour-{day}",
                f"SELECT hour, {COLUMNS} FROM adtally.hour WHERE toYYYYMMDD(hour) = {day:%Y%m%d} AND {HOURS} "
                "ORDER BY advertiser_id, campaign_id, hour",
            )
            day += datetime.timedelta(days=1)

    def minutes(self, day):
        for hour in range(24):
            self.write(
                f"minute-{day}-{hour:02}",
                f"SELECT minute, {COLUMNS} FROM adtally.minute WHERE advertiser_id != 0 AND minute >= '{day} "
                f"{hour:02}:00:00' AND minute <= '{day} {hour:02}:59:59' ORDER BY advertiser_id, campaign_id, minute",
            )


def export(data, folder, asked):
    """`asked`: the questions. Returns the files of each kind, without those that are empty."""
    ranges = {q.files: (q.parameters["from"], q.parameters["to"]) for q in asked}
    with StoreOf(data) as store:
        exporter = Exporter(store, folder)
        exporter.days()
        exporter.minutes(ranges["minute"][0])
        exporter.hours(*ranges["hour"])
    archive = [str(path) for path in sorted((data / "archive").rglob("*.parquet"))]
    return {
        "day": [str(path) for path in sorted(folder.glob("day-*.parquet"))],
        "minute": [str(path) for path in sorted(folder.glob("minute-*.parquet"))],
        "hour": archive + [str(path) for path in sorted(folder.glob("hour-*.parquet"))],
    }
