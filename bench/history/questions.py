"""The questions that are measured, as reports and as SQL for DuckDB over the same rows as Parquet."""

import dataclasses
import datetime


@dataclasses.dataclass
class Question:
    name: str
    bar_ms: float
    parameters: dict  # of GET /v1/report
    files: str  # which Parquet files DuckDB reads
    sql: str  # with {files}
    others: list  # parameters that make the same question of another campaign or advertiser

    def of_another(self, turn):
        return self.parameters | self.others[turn % len(self.others)]


def day_of(utc_s):
    return datetime.datetime.fromtimestamp(utc_s, datetime.timezone.utc).date()


def questions(truth, hour_days):
    """`truth`: the document of `generate --history`. `hour_days`: how many days of hours are not in the archive.

    Campaign 1 is the most popular one, and runs throughout; its advertiser's calendar is Berlin's.
    """
    today = day_of(truth["until_s"])
    first = day_of(truth["from_s"]) + datetime.timedelta(days=1)
    advertiser = next(row[0] for row in truth["campaigns"] if row[1] == 1)
    campaigns = [{"campaign_id": row[1]} for row in truth["campaigns"] if row[0] == advertiser]
    advertisers = [{"advertiser_id": id} for id in sorted({row[0] for row in truth["campaigns"]})]
    owner = {"advertiser_id": advertiser}  # as every report with this advertiser's key
    yesterday = today - datetime.timedelta(days=1)
    half_year = max(first, today - datetime.timedelta(days=183))
    hot = (today - datetime.timedelta(days=hour_days)).replace(day=1)
    archived = max(first, hot - datetime.timedelta(days=30))
    sums = "sum(impressions), sum(clicks), sum(conversions), sum(spend_micros), sum(conversion_value_micros)"
    return [
        Question(
            "one campaign, six months by day, by device",
            100,
            {"from": half_year, "to": yesterday, "granularity": "day", "group_by": "device"} | owner
            | {"campaign_id": 1, "time_zone": "Europe/Berlin"},
            "day",
            f"SELECT day, device, {sums} FROM {{files}} WHERE campaign_id = 1 AND day >= '{half_year}' AND "
            f"day < '{yesterday}' GROUP BY ALL ORDER BY ALL",
            campaigns,
        ),
        Question(
            "one advertiser of 100 campaigns, two years by country",
            300,
            {"from": first, "to": yesterday, "granularity": "total", "group_by": "country"}
            | {"advertiser_id": advertiser, "time_zone": "Europe/Berlin"},
            "day",
            f"SELECT country, {sums} FROM {{files}} WHERE advertiser_id = {advertiser} AND day >= '{first}' AND "
            f"day < '{yesterday}' GROUP BY ALL ORDER BY ALL",
            advertisers,
        ),
        Question(
            "one campaign, yesterday by minute",
            100,
            {"from": yesterday, "to": today, "granularity": "minute", "campaign_id": 1} | owner,
            "minute",
            f"SELECT minute, {sums} FROM {{files}} WHERE campaign_id = 1 AND minute >= '{yesterday}' AND "
            f"minute < '{today}' GROUP BY ALL ORDER BY ALL",
            campaigns,
        ),
        Question(
            "one campaign, 60 days of which half are in the archive, by day of another time zone",
            1000,
            {"from": archived, "to": archived + datetime.timedelta(days=60), "granularity": "day"}
            | owner | {"campaign_id": 1, "time_zone": "UTC"},
            "hour",
            f"SELECT CAST(hour AS DATE), {sums} FROM {{files}} WHERE campaign_id = 1 AND hour >= '{archived}' AND "
            f"hour < '{archived + datetime.timedelta(days=60)}' GROUP BY ALL ORDER BY ALL",
            campaigns,
        ),
    ]
