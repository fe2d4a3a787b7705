"""Real answers of the server against the schemas of api/openapi.json."""

import gzip
import json
import unittest
import urllib.parse

import api_document
import api_schemas
import isolation_test
from server import BROWSER, Server, now_ms, send
from suite import event



def filled_server(test):
    server = Server(environment={
        "ADTALLY_API_RATE_LIMIT_PER_S": "0",
        "ADTALLY_API_LIVE_REPORTS": "10000",
        "ADTALLY_API_LIVE_REPORTS_PER_KEY": "10000",
    })
    test.addClassCleanup(server.close)
    server.start()
    return server


class Examples(unittest.TestCase):
    """The examples of the document are sent as they are, in an order in which each finds what it needs."""

    ORDER = ["upsertCatalog", "getCatalog", "postEvents", "postLink", "postTrackingLinks", "impression", "click", "postConversion", "getConversion",
             "conversionPixel", "getFreshness", "getReport", "getLiveReport", "getLedger", "getStatus", "getStorage", "createKey", "listKeys", "signIn",
             "getSession", "signOut", "rollUp", "moveToArchive", "revokeKey", "getHealth", "getReadiness", "getMetrics",
             "getOpenApi", "getDashboard"]
    # Only the server can make a value that means something.
    FROM_ANSWERS = {"page_token", "If-None-Match", "Last-Event-ID"}

    @classmethod
    def setUpClass(cls):
        cls.server = filled_server(cls)
        cls.operations = {operation.definition["operationId"]: operation for operation in api_schemas.operations()}
        cls.known = {}  # what earlier answers gave: tokens and ids, which the server alone can make

    def send(self, operation, media=None, changed=None):
        origin = self.server.edge if "servers" in api_schemas.DOCUMENT["paths"][operation.path] else self.server.api
        path, query, headers = operation.path, [], {"User-Agent": BROWSER}
        if operation.definition.get("security") != []:
            headers["Authorization"] = f"Bearer {self.server.key}"
        for parameter in operation.parameters:
            if parameter["name"] in self.FROM_ANSWERS and (operation.path, parameter["name"]) not in self.known:
                continue
            example, = api_schemas.examples_of(parameter)
            value = self.known.get((operation.path, parameter["name"]), example)
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            if parameter["in"] == "path":
                path = path.replace("{%s}" % parameter["name"], urllib.parse.quote(text, safe=""))
            elif parameter["in"] == "query":
                query.append((parameter["name"], text))
            else:
                headers[parameter["name"]] = text
        body = None
        if media:
            example = api_schemas.examples_of(operation.request[media])[0]
            if operation.path == "/v1/session":
                example = {"key": self.server.key}
            example = changed(example) if changed else example
            body = example if isinstance(example, str) else json.dumps(example)
            headers["Content-Type"] = media
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        if operation.path == "/v1/report/live":
            return isolation_test.first_events(origin, target, headers)
        return send(origin, operation.method, target, body, headers)

    def remember(self, operation_id, answer):
        if operation_id == "postLink":
            token = answer.json()["click_url"].split("/c/")[1]
            self.known["/c/{token}", "token"] = self.known["/i/{token}.gif", "token"] = token
        elif operation_id == "click":
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["location"]).query)
            for path in ("/v1/conversions", "/p/{click_id}.gif"):
                self.known[path, "click_id"] = query["click_id"][0]
        elif operation_id == "createKey":
            self.known["/v1/keys/{id}", "id"] = answer.json()["id"]

    def test_each_call_succeeds_with_its_example(self):
        self.assertEqual(set(self.ORDER), set(self.operations), "say in ORDER after which calls the new one can be made")
        for operation_id in self.ORDER:
            operation = self.operations[operation_id]
            for media in operation.readable_requests() or [None]:
                answer = self.send(operation, media)
                self.assertLess(answer.status, 400, f"{operation.name} answered {answer}")
                problems = operation.problems(answer.status, answer.headers.get("content-type", ""), answer.body)
                self.assertEqual([], problems, repr(answer))
                self.remember(operation_id, answer)

    def test_a_field_is_required_when_the_document_says_so(self):
        self.assertEqual(200, self.send(self.operations["upsertCatalog"], "application/json").status)
        for operation_id, conditional in (("postEvents", set()), ("postLink", set()), ("createKey", {"advertiser_id"}), ("signIn", set())):
            operation = self.operations[operation_id]
            schema = api_document.resolve(api_schemas.DOCUMENT, operation.request["application/json"]["schema"])
            for field in api_schemas.examples_of(operation.request["application/json"])[0].keys() - conditional:
                answer = self.send(operation, "application/json", lambda body: {k: v for k, v in body.items() if k != field})
                self.assertEqual(field in schema["required"], answer.status == 400, f"{operation.name} without {field}: {answer}")


class Answers(unittest.TestCase):
    """Every call with every parameter and field, as administrator, with a wrong key and without a key."""

    @classmethod
    def setUpClass(cls):
        cls.server = filled_server(cls)
        own = isolation_test.OWN
        isolation_test.Isolation.add_advertiser.__func__(cls, own, "Mine", "EUR")
        events = [event(f"answers-{kind}", now_ms(), own * 10, type=kind, advertiser_id=own, ad_group_id=own * 100,
                        creative_id=own * 101, user_id="somebody") for kind in ("impression", "click")]
        cls.server.post_accepted(events)
        cls.server.wait_complete()
        cls.operations = {operation.name: operation for operation in api_schemas.operations()}
        cls.calls = api_document.calls()
        cls.others = {p["name"]: p for call in cls.calls for p in call.parameters if p["in"] == "query"}

    def ask(self, probe, credentials):
        headers = {**credentials, **probe.headers}
        if probe.call.path == "/v1/report/live":
            return isolation_test.first_events(self.server.api, probe.target, headers)
        body = None
        if probe.body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(probe.body)
        return send(self.server.edge if probe.call.on_edge else self.server.api, probe.call.method, probe.target, body, headers)

    def walk(self, credentials):
        """The documented statuses that were seen; fails on an answer that is not as the document says."""
        seen = set()
        for call in self.calls:
            operation = self.operations[call.name]
            for probe in isolation_test.probes_of(call, self.others):
                answer = self.ask(probe, credentials)
                problems = operation.problems(answer.status, answer.headers.get("content-type", ""), answer.body)
                self.assertEqual([], problems, f"{probe} answered {answer}")
                seen.add(f"{call.name} {answer.status}")
        return seen

    def test_an_administrators_answers(self):
        seen = self.walk({"Authorization": f"Bearer {self.server.key}"})
        for name in ("GET /v1/report 200", "GET /v1/report 400", "GET /v1/ledger 200", "GET /v1/catalog 200", "POST /v1/keys 400",
                     "DELETE /v1/keys/{id} 404", "GET /v1/storage 200", "POST /v1/events 202", "GET /c/{token} 404"):
            self.assertIn(name, seen)

    def test_answers_to_nobody(self):
        self.assertIn("GET /v1/report 401", self.walk({}))

    def test_answers_to_bad_events(self):
        operation = self.operations["POST /v1/events"]
        bodies = {b"": 400, b'{"event_id":"x"}': 400, b"[1,2]": 400, b"[": 400, b" " * (17 << 20): 413}
        for body, status in bodies.items():
            answer = self.server.edge_send("POST", "/v1/events", gzip.compress(body), {"Content-Encoding": "gzip"})
            self.assertEqual(status, answer.status, repr(answer))
            self.assertEqual([], operation.problems(answer.status, answer.headers["content-type"], answer.body), repr(answer))

    def test_a_wrong_answer_is_found(self):
        """Without this, the tests above could pass because nothing is compared."""
        operation = self.operations["GET /v1/freshness"]
        right = self.server.api_send("GET", "/v1/freshness").json()
        kind = "application/json"
        self.assertEqual([], operation.problems(200, kind, json.dumps(right)))
        for wrong in ({**right, "lag_seconds": "1"}, {**right, "more": 1}, {**right, "complete_to": "yesterday"},
                      {k: v for k, v in right.items() if k != "partitions"}):
            self.assertEqual(1, len(operation.problems(200, kind, json.dumps(wrong))), wrong)
        self.assertEqual(1, len(operation.problems(200, "text/html", b"")))
        self.assertEqual(1, len(operation.problems(418, kind, b"{}")))

    def test_the_server_serves_the_document(self):
        self.assertEqual(api_schemas.DOCUMENT, json.loads(send(self.server.api, "GET", "/v1/openapi.json").body))


if __name__ == "__main__":
    unittest.main()
