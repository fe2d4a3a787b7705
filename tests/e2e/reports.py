"""Reads reports row by row and compares them with a truth file of `adtally generate`."""

import decimal
import itertools
import json
import sys

from server import minute_text, parse_time_ms

GROUPS = "advertiser,campaign,ad_group,creative,device,country,region"
KEY_COLUMNS = ["advertiser_id", "campaign_id", "ad_group_id", "creative_id", "device", "country", "region"]
METRICS = ["impressions", "clicks", "conversions", "spend", "conversion_value"]
DUPLICATES = ["duplicate_impressions", "duplicate_clicks", "duplicate_conversions"]
LIMIT = 100_000  # rows of one answer
MINUTE_MS = 60_000


def micros(value):
    """Millionths of an amount with six decimals, exactly."""
    scaled = decimal.Decimal(str(value)) * 1_000_000
    if scaled != scaled.to_integral_value():
        raise AssertionError(f"{value} has more than six decimals")
    return int(scaled)


def numbers(row, columns):
    """(impressions, clicks, conversions, spend_micros, conversion_value_micros) of a row."""
    counts = [int(row[columns.index(m)]) for m in METRICS[:3]]
    money = [micros(row[columns.index(m)]) for m in METRICS[3:]]
    return tuple(counts + money)


def report(server, from_ms, to_ms, **parameters):
    parameters.setdefault("metrics", ",".join(METRICS))
    return server.get_json("/v1/report", **{"from": minute_text(from_ms), "to": minute_text(to_ms)}, **parameters)


def total(server, from_ms, to_ms, **filters):
    """The five numbers over a range."""
    answer = report(server, from_ms, to_ms, granularity="total", **filters)
    if not answer["rows"]:
        return (0, 0, 0, 0, 0)
    return numbers(answer["rows"][0], answer["columns"])


def total_by_click_time(server, truth):
    """(conversions, value_micros) of all clicks."""
    metrics = "conversions_by_click_time,conversion_value_by_click_time"
    row = report(server, truth.to_ms - 400 * 24 * 60 * MINUTE_MS, truth.to_ms, metrics=metrics)["rows"][0]
    return int(row[0]), micros(row[1])


def by_campaign(server, from_ms, to_ms):
    answer = report(server, from_ms, to_ms, granularity="total", group_by="advertiser,campaign", limit=LIMIT)
    columns = answer["columns"]
    keys = [columns.index("advertiser_id"), columns.index("campaign_id")]
    return {tuple(row[k] for k in keys): numbers(row, columns) for row in answer["rows"]}


def by_minute(server, from_ms, to_ms, **filters):
    """{(minute, all seven dimensions): the five numbers}; ranges that hit the limit are halved, minutes that do are asked
    for campaign by campaign."""
    answer = report(server, from_ms, to_ms, granularity="minute", group_by=GROUPS, limit=LIMIT, **filters)
    if len(answer["rows"]) >= LIMIT:
        middle = (from_ms + to_ms) // 2 // MINUTE_MS * MINUTE_MS
        if middle <= from_ms and filters:
            raise AssertionError(f"more than {LIMIT} rows of {filters} in one minute: run with fewer events")
        if middle <= from_ms:
            rows = {}
            for _, campaign in by_campaign(server, from_ms, to_ms):
                rows.update(by_minute(server, from_ms, to_ms, campaign_id=campaign))
            return rows
        rows = by_minute(server, from_ms, middle, **filters)
        rows.update(by_minute(server, middle, to_ms, **filters))
        return rows
    columns = answer["columns"]
    places = [columns.index(c) for c in KEY_COLUMNS]
    rows = {}
    for row in answer["rows"]:
        minute = parse_time_ms(row[columns.index("time")]) // MINUTE_MS
        key = (minute, *(row[p] if row[p] is not None else "" for p in places))
        if key in rows:
            raise AssertionError(f"the report has two rows for {key}")
        rows[key] = numbers(row, columns)
    return rows


def clicks_by_minute(server, clicks):
    """{(minute of the click, all seven dimensions): (conversions, value_micros)} over the days that `clicks` has minutes of."""
    rows = {}
    day = 24 * 60
    for first in sorted({key[0] // day for key in clicks}):
        answer = report(
            server,
            first * day * MINUTE_MS,
            (first + 1) * day * MINUTE_MS,
            granularity="minute",
            group_by=GROUPS,
            limit=LIMIT,
            metrics="conversions_by_click_time,conversion_value_by_click_time",
        )
        if answer["truncated"]:
            raise AssertionError(f"more than {LIMIT} rows of clicks in one day: run with fewer events")
        columns = answer["columns"]
        places = [columns.index(c) for c in KEY_COLUMNS]
        for row in answer["rows"]:
            key = (parse_time_ms(row[columns.index("time")]) // MINUTE_MS, *(row[p] for p in places))
            rows[key] = (int(row[-2]), micros(row[-1]))
    return rows


def duplicates_by(server, from_ms, to_ms, **parameters):
    """{what the rows are grouped by: (impressions, clicks, conversions) that came again}, rows without any left out."""
    answer = report(server, from_ms, to_ms, metrics=",".join(DUPLICATES), limit=LIMIT, **parameters)
    if answer["truncated"]:
        raise AssertionError(f"more than {LIMIT} rows: run with fewer events")
    return {row[0]: tuple(row[1:]) for row in answer["rows"] if any(row[1:])}


class Truth:
    def __init__(self, path):
        with open(path) as file:
            document = json.load(file)
        self.events = document["events"]
        self.duplicates = document["duplicates"]
        self.complete = document["complete"]
        self.from_ms = document["from_ms"]
        self.to_ms = document["to_ms"]
        self.totals = tuple(document["totals"])
        self.campaigns = {tuple(row[:2]): tuple(row[2:]) for row in document["campaigns"]}
        self.clicks = {tuple(row[:8]): tuple(row[8:]) for row in document["click_minutes"]}
        self.minutes = {tuple(row[:8]): tuple(row[8:]) for row in document["minutes"]}
        self.repeats = {tuple(row[:8]): tuple(row[8:]) for row in document["duplicate_minutes"]}


class TruthSum:
    """The truths of several runs of traffic together."""

    def __init__(self):
        self.events = self.duplicates = 0
        self.from_ms, self.to_ms = sys.maxsize, 0
        self.totals = ()
        self.campaigns, self.clicks, self.minutes, self.repeats = {}, {}, {}, {}

    def add(self, truth):
        assert truth.complete, "a run ended before its last event"
        self.events += truth.events
        self.duplicates += truth.duplicates
        self.from_ms, self.to_ms = min(self.from_ms, truth.from_ms), max(self.to_ms, truth.to_ms)
        self.totals = plus(self.totals, truth.totals)
        for name in ("campaigns", "clicks", "minutes", "repeats"):
            mine = getattr(self, name)
            for key, numbers in getattr(truth, name).items():
                mine[key] = plus(mine.get(key, ()), numbers)


def plus(a, b):
    return tuple(x + y for x, y in itertools.zip_longest(a, b, fillvalue=0))


def differences(expected, actual, shown=5):
    """Lines that say where two dictionaries of numbers differ; rows of zeros count as absent."""

    def at(numbers, key):
        row = numbers.get(key, ())
        return row if any(row) else ()

    wrong = [k for k in sorted(expected.keys() | actual.keys()) if at(expected, k) != at(actual, k)]
    lines = [f"{k}: expected {expected.get(k, 'nothing')}, got {actual.get(k, 'nothing')}" for k in wrong[:shown]]
    if len(wrong) > shown:
        lines.append(f"and {len(wrong) - shown} more rows")
    return lines


def compare(server, truth):
    """Everything that a report can say against the truth; a list of what differs, empty when all agrees."""
    found = []
    totals = total(server, truth.from_ms, truth.to_ms)
    if totals != truth.totals:
        found.append(f"totals: expected {truth.totals}, got {totals}")
    campaigns = by_campaign(server, truth.from_ms, truth.to_ms)
    found += [f"campaign {line}" for line in differences(truth.campaigns, campaigns)]
    minutes = by_minute(server, truth.from_ms, truth.to_ms)
    found += [f"minute {line}" for line in differences(truth.minutes, minutes)]
    clicks = clicks_by_minute(server, truth.clicks)
    found += [f"click minute {line}" for line in differences(truth.clicks, clicks)]
    # Of all time, which has no other days than those: every conversion is once in both.
    of_all_time = total_by_click_time(server, truth)
    if of_all_time != truth.totals[2::2]:
        found.append(f"conversions by click time: expected {truth.totals[2::2]}, got {of_all_time}")
    return found


def compare_ledger(server, truth):
    """The ledger against a truth that is all the server ever got, everything valid and in time, and what reports say of
    duplicates against both."""
    ledger = server.ledger_totals()
    found = compare_duplicates(server, ledger, truth)
    expected = {"counted": truth.events, "late": 0, "rejected": 0, "difference": 0}
    for name, value in expected.items():
        if ledger[name] != value:
            found.append(f"ledger: {name} is {ledger[name]} instead of {value}")
    if ledger["received"] < truth.events + truth.duplicates:
        found.append(f"ledger: received {ledger['received']} of {truth.events + truth.duplicates} events")
    return found


def compare_duplicates(server, ledger, truth):
    """What was sent again because an answer was lost is in no truth, but in the ledger: with the truth's own repeats it is
    all that reports may say."""
    found = []
    exact = ledger["duplicate"] == truth.duplicates
    for place, parameters in ((2, {"granularity": "total", "group_by": "campaign"}), (0, {"granularity": "minute"})):
        expected = {}
        for key, numbers in truth.repeats.items():
            expected[key[place]] = plus(expected.get(key[place], ()), numbers)
        got = duplicates_by(server, truth.from_ms, truth.to_ms, **parameters)
        if place == 0:
            got = {parse_time_ms(time) // MINUTE_MS: numbers for time, numbers in got.items()}
        reported = sum(map(sum, got.values()))
        if reported != ledger["duplicate"]:
            found.append(f"duplicates: {reported} in reports, {ledger['duplicate']} in the ledger")
        for key, numbers in expected.items():
            if any(a < b for a, b in zip(got.get(key, (0, 0, 0)), numbers)):
                found.append(f"duplicates of {key}: {got.get(key)} are less than {numbers}")
        if exact:
            found += [f"duplicates {line}" for line in differences(expected, got)]
    return found
