#!/usr/bin/env python3
"""Who may see and do what: every call of api/openapi.json with every parameter, as somebody who must not."""

import http.client
import ipaddress
import itertools
import json
import re
import unittest
import urllib.parse

import api_document
from server import Response, Server, minute_text, now_ms, send
import suite

HOUR_MS = 3_600_000
OWN, OTHER = 4_100_001, 7_305_191

# What stands about the other advertiser in its data, and is sent in no request of the tests.
SECRETS = ["quokka", "613.718293", "1227.436586", "517.391827", "ZWL"]

# Statuses that each caller gets for the plain call. 401 and 403 hold for every variation of it too.
READERS = {"advertiser": 200, "ingest": 403, "nobody": 401}
ADMINS = {"advertiser": 403, "ingest": 403, "nobody": 401}
OPEN = {"advertiser": 200, "ingest": 200, "nobody": 200}


def senders(status):
    return {"advertiser": 403, "ingest": status, "nobody": 401}


def everybody(status):
    return {"advertiser": status, "ingest": status, "nobody": status}


# A call that is not here makes the test fail: decide who may make it.
RULES = {
    "GET /v1/report": READERS,
    "GET /v1/report/live": READERS,
    "GET /v1/freshness": READERS,
    "GET /v1/ledger": ADMINS,
    "GET /v1/catalog": READERS,
    "POST /v1/catalog": ADMINS,
    "GET /v1/keys": ADMINS,
    "POST /v1/keys": ADMINS,
    "DELETE /v1/keys/{id}": ADMINS,
    "POST /v1/maintenance/rollup": ADMINS,
    "POST /v1/maintenance/archive": ADMINS,
    "GET /v1/storage": ADMINS,
    "GET /v1/status": ADMINS,
    "POST /v1/tracking-links": ADMINS,
    "GET /v1/session": {"advertiser": 200, "ingest": 200, "nobody": 401},
    "POST /v1/session": everybody(401),  # with keys that are not valid
    "DELETE /v1/session": everybody(204),
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": OPEN,
    "GET /v1/openapi.json": OPEN,
    "GET /": OPEN,
    "POST /v1/events": senders(202),
    "POST /v1/links": senders(200),
    # With tokens that nobody signed.
    "GET /c/{token}": everybody(404),
    "GET /i/{token}.gif": everybody(404),
    "GET /v1/conversions": everybody(400),
    "POST /v1/conversions": everybody(400),
    "GET /p/{click_id}.gif": everybody(400),
}

# Values of parameters and fields: the plain one, then those that ask for what is another's.
VALUES = {
    "from": [minute_text(now_ms() - 24 * HOUR_MS), "1971-01-01"],
    "to": [minute_text(now_ms() + HOUR_MS), "2036-01-01T00:00:00Z", "1972-01-01"],
    "time_zone": ["UTC", "Asia/Thimphu"],
    "order_by": ["spend", "-impressions,spend", "advertiser_id"],
    "limit": ["100", "1"],
    "page_token": ["none", "MQ"],
    "advertiser_id": [OWN, OTHER],
    "campaign_id": [OWN * 10, OTHER * 10],
    "ad_group_id": [OWN * 100, OTHER * 100],
    "creative_id": [OWN * 101, OTHER * 101],
    "country": ["FR", "ZW", "unknown"],
    "region": ["IDF", "MA", "unknown"],
    "If-None-Match": ['"none"', "*"],
    "Last-Event-ID": ["none", "0"],
    "Adtally-Csrf": ["1"],
    "token": ["forged", "Zm9yZ2Vk"],
    "click_id": ["forged", "Zm9yZ2Vk"],
    "order_id": ["1", "2"],
    "value": ["1.50", "2"],
    # Fields of bodies.
    "id": [OWN, OTHER],
    "name": ["Mine", "Renamed"],
    "currency": ["EUR", "USD"],
    "landing_url": ["https://own.example/", "https://else.example/"],
    "label": ["mine", "else"],
    "key": ["adt_nobodys", "x"],
    "event_id": ["isolation-1", "isolation-2"],
    "timestamp": [now_ms(), now_ms() - 1000],
    "click_time": [now_ms() - 2000, now_ms() - 3000],
    "cost_micros": [0, 5],
    "value_micros": [0, 5],
    "user_id": ["u", "v"],
    "click_cost_micros": [0, 5],
    "impression_cost_micros": [0, 5],
    "impression_id": ["i-1", "i-2"],
    "expires_in_s": [60, 600],
}


def choices(name, schema):
    """The values to try for a parameter or a field."""
    if name in VALUES:
        return VALUES[name]
    allowed = schema.get("enum") or schema.get("items", {}).get("enum")
    if not allowed:
        raise AssertionError(f"isolation_test.py has no values for {name}: add a plain one and one of another advertiser")
    # The default first, where there is one.
    default = schema.get("default", allowed[0])
    first = ",".join(default) if isinstance(default, list) else default
    return [first, *allowed, *([",".join(allowed)] if schema.get("type") == "array" else [])]


class Probe:
    """One request: a call with some of its parameters set."""

    def __init__(self, call, parameters, body=None):
        self.call = call
        self.body = body
        path, query, self.headers = call.path, {}, {}
        for parameter, value in parameters:
            if parameter["in"] == "path":
                path = path.replace("{%s}" % parameter["name"], urllib.parse.quote(str(value), safe=""))
            elif parameter["in"] == "header":
                self.headers[parameter["name"]] = value
            else:
                query[parameter["name"]] = value
        self.query = query
        self.target = path + ("?" + urllib.parse.urlencode(query) if query else "")

    def __repr__(self):
        return f"{self.call.method} {self.target} {json.dumps(self.body) if self.body is not None else ''}"[:300]


def plain_parameters(call):
    return [(p, choices(p["name"], p["schema"])[0]) for p in call.parameters if p["required"]]


def plain_body(call):
    return call.body(lambda leaf, schema: choices(leaf[-1], schema)[0]) if call.body_schema else None


def probes_of(call, all_parameters):
    """The plain call first; then each parameter with each value, all together, and each field of the body."""
    plain, body = plain_parameters(call), plain_body(call)
    yield Probe(call, plain, body)
    for parameter in call.parameters:
        rest = [(p, v) for p, v in plain if p["name"] != parameter["name"]]
        for value in choices(parameter["name"], parameter["schema"]):
            yield Probe(call, [*rest, (parameter, value)], body)
            if "group_by" in {p["name"] for p in call.parameters} and parameter["name"] != "group_by":
                everything = next(p for p in call.parameters if p["name"] == "group_by")
                yield Probe(call, [*rest, (everything, choices("group_by", everything["schema"])[-1]), (parameter, value)])
    yield Probe(call, [(p, choices(p["name"], p["schema"])[-1]) for p in call.parameters], body)
    # Parameters of other calls, where a careless handler might take them.
    own = {p["name"] for p in call.parameters}
    for name, parameter in all_parameters.items():
        if name not in own:
            value = choices(name, parameter["schema"])
            yield Probe(call, [*plain, (parameter, value[min(1, len(value) - 1)])], body)
    for changed in call.leaves():
        pick = lambda leaf, schema, at=changed: choices(leaf[-1], schema)[-1 if leaf == at else 0]  # noqa: E731
        yield Probe(call, plain, call.body(pick))
    if call.body_schema:
        yield Probe(call, plain, call.body(lambda leaf, schema: choices(leaf[-1], schema)[-1]))


def without_times(text):
    """An answer without what differs from one moment to the next."""
    text = re.sub(rb'"(freshness|complete_to|expires_at)":("[^"]*"|null)', rb'"\1":"-"', text)
    text = re.sub(rb'"tiers":\[[^\]]*\]', rb'"tiers":[]', text)
    return re.sub(rb'"(lag_seconds|lag_records)":[^,}\]]*', rb'"\1":0', text)


def first_events(origin, target, headers):
    """What an endless answer begins with; a problem document as it is."""
    connection = http.client.HTTPConnection(origin, timeout=60)
    try:
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        body = b""
        while line := answer.readline():
            body += line
            if line == b"\n" and b"event: freshness" in body:
                break
        return Response(answer.status, answer.getheaders(), body)
    finally:
        connection.close()


class Isolation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # The walk makes thousands of calls, and each as if from an address of its own.
        cls.server = Server(environment={
            "ADTALLY_API_RATE_LIMIT_PER_S": "0",
            "ADTALLY_API_TRUSTED_PROXIES": "127.0.0.1",
            "ADTALLY_API_LIVE_REPORTS": "10000",
            "ADTALLY_API_LIVE_REPORTS_PER_KEY": "10000",
        })
        cls.addresses = itertools.count(0x0b000000)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.calls = api_document.calls()
        cls.parameters = {p["name"]: p for call in cls.calls for p in call.parameters if p["in"] == "query"}
        cls.add_advertiser(OWN, "Mine", "EUR", country="FR", region="IDF", cost_micros=1_000_000)
        cls.server.wait_complete()
        cls.own_key = cls.make_key(OWN)["key"]
        cls.ingest_key = cls.make_key(None)["key"]
        cls.before = cls.walk_as_advertiser()
        cls.add_advertiser(OTHER, "quokka", "ZWL", device="tv", country="ZW", region="MA", cost_micros=613_718_293,
                           value_micros=517_391_827)
        cls.server.wait_complete()
        cls.other_key = cls.make_key(OTHER, "quokka")
        cls.after = cls.walk_as_advertiser()

    @classmethod
    def make_key(cls, advertiser, label="mine"):
        role = {"role": "advertiser", "advertiser_id": advertiser} if advertiser else {"role": "ingest"}
        answer = cls.server.api_send("POST", "/v1/keys", json.dumps({**role, "label": label}))
        assert answer.status == 201, repr(answer)
        return answer.json()

    @classmethod
    def add_advertiser(cls, advertiser, name, currency, value_micros=2_000_000, **fields):
        campaign, ad_group, creative = advertiser * 10, advertiser * 100, advertiser * 101
        catalog = {
            "advertisers": [{"id": advertiser, "name": name, "time_zone": "Asia/Thimphu", "currency": currency}],
            "campaigns": [{"id": campaign, "advertiser_id": advertiser, "name": f"{name} campaign"}],
            "ad_groups": [{"id": ad_group, "campaign_id": campaign, "name": f"{name} group"}],
            "creatives": [{"id": creative, "ad_group_id": ad_group, "name": f"{name} ad",
                           "landing_url": f"https://{name.lower()}.example/"}],
        }
        answer = cls.server.api_send("POST", "/v1/catalog", json.dumps(catalog))
        assert answer.status == 200, repr(answer)
        ids = {"advertiser_id": advertiser, "ad_group_id": ad_group, "creative_id": creative}
        events = [suite.event(f"{name}-{kind}", now_ms(), campaign, type=kind, **ids, **fields)
                  for kind in ("impression", "click")]
        events.append(suite.event(f"{name}-conversion", now_ms(), campaign, type="conversion", **ids,
                                  **{**fields, "cost_micros": 0, "value_micros": value_micros}))
        cls.server.post_accepted(events)

    @classmethod
    def ask(cls, probe, credentials):
        headers = {"X-Forwarded-For": str(ipaddress.ip_address(next(cls.addresses))), **credentials, **probe.headers}
        body = None
        if probe.body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(probe.body)
        origin = cls.server.edge if probe.call.on_edge else cls.server.api
        if probe.call.path == "/v1/report/live":
            return first_events(origin, probe.target, headers)
        return send(origin, probe.call.method, probe.target, body, headers)

    @classmethod
    def sign_in(cls, key):
        """What a page of the dashboard sends after signing in."""
        answer = send(cls.server.api, "POST", "/v1/session", json.dumps({"key": key}), {"Adtally-Csrf": "1"})
        assert answer.status == 200, repr(answer)
        return {"Cookie": answer.headers["set-cookie"].split(";")[0], "Adtally-Csrf": "1"}

    @classmethod
    def walk(cls, credentials):
        """[(probe, answer)] of all calls."""
        return [(probe, cls.ask(probe, credentials)) for call in cls.calls for probe in probes_of(call, cls.parameters)]

    @classmethod
    def walk_as_advertiser(cls):
        """By key and by cookie."""
        return [cls.walk({"Authorization": f"Bearer {cls.own_key}"}), cls.walk(cls.sign_in(cls.own_key))]

    def assert_nothing_leaks(self, probe, answer):
        text = (str(answer.headers) + answer.body.decode(errors="replace")).lower()
        for secret in SECRETS:
            self.assertNotIn(secret.lower(), text, f"{probe} answered {answer}")

    def assert_status(self, probe, answer, caller, by_cookie, plain):
        if by_cookie and not probe.call.takes_session:
            caller = "nobody"
        expected = RULES[probe.call.name][caller]
        if plain or (expected in (401, 403) and probe.call.needs_key):
            self.assertEqual(expected, answer.status, f"{caller}: {probe} answered {answer}")
        self.assertIn(answer.status, probe.call.statuses, f"{caller}: {probe} answered {answer}, which is not documented")

    def check(self, answers, caller, by_cookie=False):
        seen = set()
        for probe, answer in answers:
            self.assert_status(probe, answer, caller, by_cookie, plain=probe.call.name not in seen)
            self.assert_nothing_leaks(probe, answer)
            seen.add(probe.call.name)
        self.assertEqual(set(RULES), seen)

    def test_every_call_has_a_rule(self):
        self.assertEqual(set(RULES), {call.name for call in self.calls},
                         "a call was added or taken away: say in RULES who may make it")

    def test_an_advertiser_sees_itself_alone(self):
        for by_cookie, before, after in zip((False, True), self.before, self.after):
            self.check(after, "advertiser", by_cookie)
            for (probe, old), (_, new) in zip(before, after):
                if probe.call.needs_key:  # /metrics counts everybody's events
                    self.assertEqual((old.status, without_times(old.body)), (new.status, without_times(new.body)),
                                     f"{probe} tells that there is another advertiser")

    def test_anothers_id_is_refused_as_any_id_is(self):
        report = "/v1/report?from=2026-01-01&to=2036-01-01&advertiser_id="
        answers = [self.server.api_send("GET", report + ids, key=self.own_key)
                   for ids in (f"{OTHER}", "99", f"{OWN},{OTHER}")]
        self.assertEqual([403] * 3, [answer.status for answer in answers])
        self.assertEqual(answers[0].body, answers[1].body)

    def test_an_ingest_key_reads_nothing(self):
        self.check(self.walk({"Authorization": f"Bearer {self.ingest_key}"}), "ingest")

    def test_nobody_reads_nothing(self):
        self.check(self.walk({}), "nobody")
        self.check(self.walk({"Authorization": "Bearer adt_unknown"}), "nobody")

    def test_a_revoked_key_and_its_session_are_nobodys(self):
        revoked = self.make_key(OTHER)
        session = self.sign_in(revoked["key"])
        answer = send(self.server.api, "GET", "/v1/catalog", headers=session)
        self.assertIn(b"quokka", answer.body)  # while it is valid
        self.assertEqual(204, self.server.api_send("DELETE", f"/v1/keys/{revoked['id']}").status)
        self.check(self.walk({"Authorization": f"Bearer {revoked['key']}"}), "nobody")
        self.check(self.walk(session), "nobody")

    def test_others_keys_and_their_ids_are_out_of_reach(self):
        for key_id in (self.other_key["id"], "admin", "none"):
            answer = self.server.api_send("DELETE", f"/v1/keys/{key_id}", key=self.own_key)
            suite.assert_problem(self, answer, 403)
        self.assertEqual(200, self.server.api_send("GET", "/v1/freshness", key=self.other_key["key"]).status)

    def test_a_cookie_alone_changes_nothing(self):
        admin = self.sign_in(self.server.key)
        keys = self.server.api_send("GET", "/v1/keys").body
        forgeries = [
            {"Cookie": admin["Cookie"]},
            {**admin, "Sec-Fetch-Site": "cross-site"},
            {**admin, "Sec-Fetch-Site": "same-site"},
            {**admin, "Origin": "https://else.example"},
            {**admin, "Origin": "null"},
        ]
        changing = [call for call in self.calls if call.takes_session and call.method != "GET"]
        self.assertGreaterEqual(len(changing), 3)
        for call in changing:
            probe = Probe(call, plain_parameters(call), plain_body(call))
            for headers in forgeries:
                answer = self.ask(probe, headers)
                self.assertEqual(403, answer.status, f"{probe} with {headers} answered {answer}")
        self.assertEqual(keys, self.server.api_send("GET", "/v1/keys").body)
        page = {**admin, "Sec-Fetch-Site": "same-origin", "Origin": f"http://{self.server.api}"}
        answer = send(self.server.api, "POST", "/v1/keys", '{"role":"ingest"}', page)
        self.assertEqual(201, answer.status, repr(answer))

    def test_the_secrets_are_there_to_be_found(self):
        """Without this, the tests above could pass because there is nothing to see."""
        window = {"from": minute_text(now_ms() - HOUR_MS), "to": minute_text(now_ms() + HOUR_MS)}
        query = urllib.parse.urlencode({**window, "group_by": "advertiser", "metrics": "spend,conversion_value,conversion_value_by_click_time"})
        for target, secrets in (("/v1/catalog", ["quokka", "ZWL"]), ("/v1/keys", ["quokka"]),
                                (f"/v1/report?{query}", ["517.391827"])):
            answer = self.server.api_send("GET", target)
            for secret in secrets:
                self.assertIn(secret.encode(), answer.body)
        clicks = self.server.get_json("/v1/report", **window, metrics="spend", advertiser_id=OTHER)
        self.assertEqual("1227.436586", clicks["totals"]["spend"])  # an impression and a click of 613.718293


class Sessions(unittest.TestCase):
    def test_a_session_outlives_the_process_and_ends_with_the_admin_key(self):
        with Server() as server:
            headers = {"Adtally-Csrf": "1"}
            answer = send(server.api, "POST", "/v1/session", json.dumps({"key": server.key}), headers)
            cookie = answer.headers["set-cookie"]
            for attribute in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"):
                self.assertIn(attribute, cookie.split("; "))
            session = {"Cookie": cookie.split(";")[0]}
            self.assertEqual("admin", send(server.api, "GET", "/v1/session", headers=session).json()["role"])
            server.restart()
            self.assertEqual(200, send(server.api, "GET", "/v1/keys", headers=session).status)
            server.extra_environment["ADTALLY_AUTH_ADMIN_KEY"] = "another admin key of the tests"
            server.restart()
            self.assertEqual(401, send(server.api, "GET", "/v1/keys", headers=session).status)

    def test_with_a_public_https_address_cookies_are_secure(self):
        with Server(environment={"ADTALLY_API_PUBLIC_URL": "https://ads.example"}) as server:
            headers = {"Adtally-Csrf": "1", "Origin": "https://ads.example"}
            answer = send(server.api, "POST", "/v1/session", json.dumps({"key": server.key}), headers)
            self.assertTrue(answer.headers["set-cookie"].startswith("__Host-adtally-session="))
            self.assertTrue(answer.headers["set-cookie"].endswith("; Secure"))

    def test_a_key_has_its_share_of_calls(self):
        limits = {"ADTALLY_API_RATE_LIMIT_PER_S": "1", "ADTALLY_API_RATE_LIMIT_BURST": "20"}
        with Server(environment=limits) as server:
            made = server.api_send("POST", "/v1/keys", json.dumps({"role": "advertiser", "advertiser_id": 1}))
            self.assertEqual('"key";q=20;w=20', made.headers["ratelimit-policy"])
            answers = []
            while len(answers) < 1000 and (not answers or answers[-1].status == 200):
                answers.append(server.api_send("GET", "/v1/freshness", key=made.json()["key"]))
            suite.assert_problem(self, answers[-1], 429, "too many calls")
            self.assertGreaterEqual(int(answers[-1].headers["retry-after"]), 1)
            self.assertTrue(answers[-1].headers["ratelimit"].startswith('"key";r=0;t='))
            self.assertEqual(200, server.api_send("GET", "/v1/freshness").status)


if __name__ == "__main__":
    suite.main(__doc__)
