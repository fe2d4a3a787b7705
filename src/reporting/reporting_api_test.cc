// The API's calls with the real engine, through the handler that the server would use.
#include "reporting/reporting_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/reporting_api_test_support.h"

namespace adtally {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

TEST_F(ReportingApiTest, EveryCallNeedsAKeyWithTheRole) {
  const NewKey advertiser = MakeKey(R"({"role":"advertiser","advertiser_id":1})");
  const NewKey ingest = MakeKey(R"({"role":"ingest"})");
  const NewKey admin = MakeKey(R"({"role":"admin","label":"ops"})");
  const struct {
    std::string_view method, target;
    int as_advertiser, as_admin;
  } calls[] = {
      {"GET", "/v1/report?from=2040-11-01&to=2040-11-02", 200, 200},
      {"GET", "/v1/freshness", 200, 200},
      {"GET", "/v1/ledger?from=2040-11-01&to=2040-11-02", 403, 200},
      {"GET", "/v1/storage", 403, 200},
      {"GET", "/v1/status", 403, 200},
      {"POST", "/v1/tracking-links", 403, 409},
      {"GET", "/v1/catalog", 200, 200},
      {"POST", "/v1/catalog", 403, 400},
      {"GET", "/v1/keys", 403, 200},
      {"POST", "/v1/keys", 403, 400},
      {"DELETE", "/v1/keys/none", 403, 404},
  };
  for (const auto& call : calls) {
    SCOPED_TRACE(call.target);
    for (const std::string_view key : {"", "adt_wrong"}) {
      const auto nobody = Ask(handler_, call.method, call.target, key);
      EXPECT_EQ(nobody.status, 401);
      EXPECT_THAT(nobody.headers, Contains(Pair("WWW-Authenticate", "Bearer")).Times(1));
    }
    const auto as_ingest = Ask(handler_, call.method, call.target, ingest.key);
    EXPECT_EQ(as_ingest.status, 403);
    EXPECT_THAT(as_ingest.Header("Content-Type"), HasSubstr("application/problem+json"));
    EXPECT_EQ(Ask(handler_, call.method, call.target, advertiser.key).status, call.as_advertiser);
    EXPECT_EQ(Ask(handler_, call.method, call.target, admin.key).status, call.as_admin);
  }
}

TEST_F(ReportingApiTest, AnAdvertiserNeverSeesAnother) {
  InsertClicks();
  const std::string key = MakeKey(R"({"role":"advertiser","advertiser_id":1})").key;
  const std::string report = "/v1/report?from=2040-11-01&to=2040-11-02&metrics=clicks,spend";

  EXPECT_THAT(Get(report, key).body, HasSubstr(R"("totals":{"clicks":1,"spend":0.250000})"));
  EXPECT_THAT(Get(report, kAdminKey).body, HasSubstr(R"("totals":{"clicks":3,"spend":0.750000})"));

  // Another's id is refused in the same words whether it exists or not.
  const auto existing = Get(report + "&advertiser_id=2", key);
  const auto unknown = Get(report + "&advertiser_id=77", key);
  EXPECT_EQ(existing.status, 403);
  EXPECT_EQ(existing.body, unknown.body);
  EXPECT_EQ(Get(report + "&advertiser_id=1,2", key).status, 403);
  EXPECT_EQ(Get(report + "&advertiser_id=1", key).status, 200);

  // Every other filter, group, order and format answers as if the other did not exist.
  const std::pair<std::string_view, std::string_view> filters[] = {
      {"campaign_id=20", "campaign_id=77"},   {"ad_group_id=200", "ad_group_id=77"},
      {"creative_id=2000", "creative_id=77"}, {"device=tv", "device=tablet"},
      {"country=US", "country=FR"},           {"region=CA", "region=ZZ"}};
  for (const auto& [others, nobodys] : filters) {
    const std::string split = report + "&group_by=advertiser,campaign&granularity=hour&";
    EXPECT_EQ(Get(split + std::string(others), key).body,
              Get(split + std::string(nobodys), key).body);
  }
  const std::string all_groups =
      "&group_by=advertiser,campaign,ad_group,creative,device,country,region&order_by=-clicks";
  for (const std::string_view format : {"json", "csv", "parquet", "arrow"}) {
    for (const std::string_view granularity : {"total", "minute", "hour", "day"}) {
      const auto answer = Get(report + all_groups + "&granularity=" + std::string(granularity) +
                                  "&format=" + std::string(format),
                              key);
      EXPECT_EQ(answer.status, 200);
      EXPECT_THAT(answer.body, AllOf(Not(HasSubstr("2000")), Not(HasSubstr("US"))));
    }
  }
  // Nor does the range that a report is compared with.
  const std::string compared =
      "/v1/report?from=2040-11-02&to=2040-11-03&metrics=clicks&group_by=campaign,country"
      "&compare_to=previous_period";
  EXPECT_THAT(Get(compared, key).body,
              AllOf(HasSubstr(R"("totals":{"clicks":1},"tiers")"), Not(HasSubstr("US"))));
  EXPECT_THAT(Get(compared, kAdminKey).body,
              AllOf(HasSubstr(R"("totals":{"clicks":3},"tiers")"), HasSubstr("US")));
  EXPECT_EQ(Get(compared + "&advertiser_id=2", key).body, existing.body);
  const auto catalog = Get("/v1/catalog", key);
  EXPECT_THAT(catalog.body, AllOf(HasSubstr("Acme"), HasSubstr("https://acme.example/"),
                                  Not(HasSubstr("ival")), Not(HasSubstr("rival"))));
}

TEST_F(ReportingApiTest, SessionsAreCalls) {
  EXPECT_THAT(Get("/v1/session", kAdminKey).body, HasSubstr(R"("role":"admin")"));
  EXPECT_EQ(Get("/v1/session", "").status, 401);
  EXPECT_EQ(Get("/v1/session?x=1", kAdminKey).status, 400);
  EXPECT_EQ(Admin("POST", "/v1/session", R"({"key":"the-admin-key"})").status, 403);
  EXPECT_EQ(Admin("PUT", "/v1/session").status, 405);
}

TEST_F(ReportingApiTest, KeysWorkUntilTheyAreRevoked) {
  const NewKey first = MakeKey(R"({"role":"advertiser","advertiser_id":1,"label":"\"<b>"})");
  const NewKey second = MakeKey(R"({"role":"ingest"})");
  EXPECT_TRUE(first.key.starts_with("adt_"));
  const std::string list = Admin("GET", "/v1/keys").body;
  EXPECT_THAT(list, AllOf(HasSubstr(first.id), HasSubstr(second.id), HasSubstr(R"("\"<b>")"),
                          Not(HasSubstr(first.key))));

  Start();
  EXPECT_EQ(Get("/v1/freshness", first.key).status, 200);
  EXPECT_EQ(keys_->Authenticate(second.key)->role, http::Role::kIngest);

  // Also when the machine's clock was set back.
  clock_.Advance(-3'600'000);
  EXPECT_EQ(Admin("DELETE", "/v1/keys/" + first.id).status, 204);
  EXPECT_EQ(Get("/v1/freshness", first.key).status, 401);
  EXPECT_EQ(Admin("DELETE", "/v1/keys/" + first.id).status, 404);
  EXPECT_THAT(Admin("GET", "/v1/keys").body, Not(HasSubstr(first.id)));

  Start();
  EXPECT_EQ(Get("/v1/freshness", first.key).status, 401);
  EXPECT_TRUE(keys_->Authenticate(second.key));
  EXPECT_EQ(Admin("DELETE", "/v1/keys/admin").status, 409);
}

TEST_F(ReportingApiTest, KeysAreNeverStored) {
  const NewKey key = MakeKey(R"({"role":"ingest"})");
  const auto rows = ChdbTestStore::Get().Query("SELECT * FROM adtally.api_keys", {}, "TSV");
  ASSERT_TRUE(rows.ok());
  EXPECT_THAT(*rows, AllOf(HasSubstr(key.id), Not(HasSubstr(key.key.substr(4)))));
}

TEST_F(ReportingApiTest, RefusesWrongKeyRequests) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "body: not one JSON document"},
      {"{}", "role: required"},
      {R"({"role":"root"})", "role: expected admin, advertiser or ingest"},
      {R"({"role":"advertiser"})", "advertiser_id: required for the role advertiser"},
      {R"({"role":"ingest","advertiser_id":1})", "advertiser_id: only for the role advertiser"},
      {R"({"role":"advertiser","advertiser_id":0})", "advertiser_id: expected an id"},
      {R"({"role":"ingest","admin":true})", "admin: unknown field"}};
  for (const auto& [body, message] : cases) {
    const auto response = Admin("POST", "/v1/keys", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_THAT(response.body, HasSubstr(message));
  }
}

TEST_F(ReportingApiTest, TheCatalogIsUpsertedAndReloaded) {
  EXPECT_EQ(catalog_->LandingUrl(1000), "https://acme.example/");
  EXPECT_EQ(catalog_->LandingUrl(3), std::nullopt);
  Upsert(R"({"creatives":[{"id":1000,"advertiser_id":1,"campaign_id":10,"ad_group_id":100,
             "name":"\u0000</script>\t'; DROP TABLE x; --\\","landing_url":"https://new.example/"}]})");
  EXPECT_EQ(catalog_->LandingUrl(1000), "https://new.example/");
  const std::string before = Admin("GET", "/v1/catalog").body;
  EXPECT_THAT(before, HasSubstr(R"("name":"\u0000</script>\u0009'; DROP TABLE x; --\\")"));
  EXPECT_THAT(before, HasSubstr(R"("campaigns":[{"id":10,"advertiser_id":1,"name":"Own"},)"));

  Start();
  EXPECT_EQ(Admin("GET", "/v1/catalog").body, before);
  EXPECT_EQ(catalog_->LandingUrl(1000), "https://new.example/");

  // What is read can be written back, and the newest write wins whatever the clock says.
  Upsert(before);
  clock_.Advance(-3'600'000);
  Upsert(R"({"campaigns":[{"id":10,"advertiser_id":1,"name":"Renamed"}]})");
  Start();
  EXPECT_THAT(Admin("GET", "/v1/catalog").body, HasSubstr("Renamed"));
}

TEST_F(ReportingApiTest, TheCatalogKeepsItsTree) {
  const struct {
    std::string_view body, message;
    int status;
  } cases[] = {
      {R"({"campaigns":[{"id":11,"advertiser_id":9,"name":"x"}]})",
       "campaigns[0].advertiser_id: there is no advertiser 9", 400},
      {R"({"ad_groups":[{"id":101,"campaign_id":99,"name":"x"}]})",
       "ad_groups[0].campaign_id: there is no campaign 99", 400},
      {R"({"ad_groups":[{"id":101,"advertiser_id":2,"campaign_id":10,"name":"x"}]})",
       "ad_groups[0].advertiser_id: expected 1, the parent's, got 2", 400},
      {R"({"campaigns":[{"id":10,"advertiser_id":2,"name":"x"}]})",
       "campaigns[0].advertiser_id: expected 1, since id 10 exists and cannot move", 409},
  };
  const std::string before = Admin("GET", "/v1/catalog").body;
  for (const auto& [body, message, status] : cases) {
    const auto response = Admin("POST", "/v1/catalog", body);
    EXPECT_EQ(response.status, status) << body;
    EXPECT_THAT(response.body, HasSubstr(message));
  }
  EXPECT_EQ(Admin("GET", "/v1/catalog").body, before);
}

TEST_F(ReportingApiTest, TheLedgerAddsUp) {
  const std::string insert =
      "INSERT INTO adtally.ledger (append_minute, log_partition, end_offset, received, counted, "
      "duplicate, invalid_bot, late, rejected) VALUES "
      "('2040-11-01 12:00:00', 0, 5, 100, 80, 10, 5, 3, 2), "
      "('2040-11-01 12:00:00', 1, 7, 50, 50, 0, 0, 0, 0), "
      "('2040-11-01 12:01:00', 0, 9, 10, 8, 0, 0, 0, 0), "
      "('2040-11-01 13:00:00', 0, 11, 1000, 1000, 0, 0, 0, 0)";
  ChdbTestStore::Run(insert);
  ChdbTestStore::Run(insert);  // delivered twice
  const auto response = Admin("GET", "/v1/ledger?from=2040-11-01T12:00&to=2040-11-01T13:00");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            R"({"from":"2040-11-01T12:00:00Z","to":"2040-11-01T13:00:00Z","minutes":[)"
            R"({"minute":"2040-11-01T12:00:00Z","received":150,"counted":130,"duplicate":10,)"
            R"("invalid":{"bot":5},"late":3,"rejected":2,"difference":0},)"
            R"({"minute":"2040-11-01T12:01:00Z","received":10,"counted":8,"duplicate":0,)"
            R"("invalid":{"bot":0},"late":0,"rejected":0,"difference":2}],)"
            R"("totals":{"received":160,"counted":138,"duplicate":10,)"
            R"("invalid":{"bot":5},"late":3,"rejected":2,"difference":2}})");
  EXPECT_EQ(Admin("GET", "/v1/ledger?from=2040-11-01").status, 400);
  EXPECT_EQ(Admin("GET", "/v1/ledger?from=2040-11-01&to=2040-12-31").status, 400);
}

class FixedLinks final : public LinkCalls {
 public:
  Result<std::string> MakeLinks(std::string_view body, std::string_view host) const override {
    if (body == "{}") return Error{ErrorCode::kInvalidArgument, "campaign_id: missing"};
    return "{\"host\":\"" + std::string(host) + "\",\"body\":" + std::string(body) + "}";
  }
};

TEST_F(ReportingApiTest, AnAdminMakesTrackingLinks) {
  const auto without = Admin("POST", "/v1/tracking-links", "{}");
  EXPECT_EQ(without.status, 409);
  EXPECT_THAT(without.body, HasSubstr("links.signing_key"));
  const FixedLinks links;
  ReportingApiOptions options;
  options.links = &links;
  Start(std::move(options));
  EXPECT_EQ(Admin("POST", "/v1/tracking-links", "[1]").body, R"({"host":"","body":[1]})");
  const auto wrong = Admin("POST", "/v1/tracking-links", "{}");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr("campaign_id: missing"));
  EXPECT_EQ(Admin("POST", "/v1/tracking-links?x=1", "[1]").status, 400);
  Start();  // `links` ends with the test
}

TEST_F(ReportingApiTest, AnswersProbesWithoutAKey) {
  EXPECT_EQ(Get("/healthz", "").status, 200);
  EXPECT_EQ(Get("/readyz", "").status, 200);
  EXPECT_THAT(Get("/v1/openapi.json", "").body, StartsWith("{"));
  EXPECT_THAT(Get("/", "").body, HasSubstr("The dashboard is not built"));
  EXPECT_EQ(Get("/nothing", "").status, 404);
  EXPECT_EQ(Get("/v1/nothing", "").status, 404);
  EXPECT_EQ(Admin("PUT", "/v1/keys").status, 405);

  ReportingApiOptions options;
  options.probes.readiness = [] { return std::vector<std::string>{"the log is full", "no store"}; };
  options.probes.metrics = [] { return std::string("up 1\n"); };
  Start(std::move(options));
  const auto ready = Get("/readyz", "");
  EXPECT_EQ(ready.status, 503);
  EXPECT_THAT(ready.body, HasSubstr("not ready: the log is full; no store"));
  EXPECT_EQ(Get("/metrics", "").body, "up 1\n");
}

// Every path and method that the document promises for this listener is routed, and no other.
TEST_F(ReportingApiTest, TheOpenApiDocumentListsTheRoutes) {
  simdjson::dom::parser parser;
  const simdjson::dom::element document = parser.parse(Get("/v1/openapi.json", "").body);
  size_t calls = 0;
  for (const auto path : document["paths"].get_object()) {
    const bool edge = path.value.at_key("servers").error() == simdjson::SUCCESS;
    for (const std::string_view method : {"get", "post", "delete"}) {
      if (path.value.at_key(method).error() != simdjson::SUCCESS) continue;
      std::string upper(method);
      for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
      const int status = Ask(handler_, upper, path.key, "").status;
      if (edge) {
        EXPECT_EQ(status, 404) << path.key;
      } else {
        // 403: signing in and out from nowhere.
        EXPECT_TRUE(status == 200 || status == 401 || status == 403) << path.key << ' ' << status;
        ++calls;
      }
    }
  }
  EXPECT_EQ(calls, 22u);
}

}  // namespace
}  // namespace adtally
