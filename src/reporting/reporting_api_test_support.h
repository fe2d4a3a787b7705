#pragma once

#include <gtest/gtest.h>
#include <simdjson.h>

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "reporting/reporting_api.h"
#include "store/chdb_test_support.h"
#include "testing/manual_clock.h"

// For tests of the API's calls with the real engine, through the handler that the server would use.
namespace adtally {

inline constexpr std::string_view kAdminKey = "the-admin-key";
inline constexpr int64_t kNowMs = 1'793'536'200'000;

class FixedFreshness final : public FreshnessSource {
 public:
  std::vector<PartitionFreshness> Read() const override { return {{0, kNowMs, 2, 1500}}; }
};

inline http::Response Ask(const http::Handler& handler, std::string_view method,
                          std::string_view target, std::string_view key,
                          std::string_view body = "") {
  http::Request request;
  request.method = method;
  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
  request.body = body;
  const std::string authorization = "Bearer " + std::string(key);
  if (!key.empty()) request.headers.emplace_back("Authorization", authorization);
  std::promise<http::Response> answer;
  handler(request, [&](http::Response response) { answer.set_value(std::move(response)); });
  return answer.get_future().get();
}

class ReportingApiTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto table :
         {"minute", "ledger", "advertisers", "campaigns", "ad_groups", "creatives", "api_keys",
          "tier_status", "tier_floor", "archive_files"}) {
      ChdbTestStore::Clear(table);
    }
    Start();
    Upsert(R"({"advertisers":[{"id":1,"name":"Acme","time_zone":"UTC","currency":"EUR"},
                              {"id":2,"name":"Rival secret","time_zone":"UTC","currency":"USD"}],
               "campaigns":[{"id":10,"advertiser_id":1,"name":"Own"},
                            {"id":20,"advertiser_id":2,"name":"Rival plan"}],
               "ad_groups":[{"id":100,"campaign_id":10,"name":"G"},
                            {"id":200,"campaign_id":20,"name":"Rival group"}],
               "creatives":[{"id":1000,"ad_group_id":100,"name":"C",
                             "landing_url":"https://acme.example/"},
                            {"id":2000,"ad_group_id":200,"name":"Rival ad",
                             "landing_url":"https://rival.example/"}]})");
  }

  // What a process does when it starts.
  void Start(ReportingApiOptions options = {}) {
    api_.reset();
    Store& store = ChdbTestStore::Get();
    auto zones = TimeZones::Load(store);
    ASSERT_TRUE(zones.ok());
    zones_ = std::make_unique<TimeZones>(std::move(zones).value());
    auto catalog = Catalog::Create(store, clock_, *zones_);
    ASSERT_TRUE(catalog.ok()) << catalog.error().message;
    catalog_ = std::move(catalog).value();
    auto keys = ApiKeys::Create(store, clock_, kAdminKey);
    ASSERT_TRUE(keys.ok()) << keys.error().message;
    keys_ = std::move(keys).value();
    api_ = ReportingApi::Create(std::move(options), store, *zones_, *catalog_, *keys_, freshness_,
                                NullLogger());
    handler_ = api_->handler();
  }

  http::Response Admin(std::string_view method, std::string_view target,
                       std::string_view body = "") {
    return Ask(handler_, method, target, kAdminKey, body);
  }
  http::Response Get(std::string_view target, std::string_view key) {
    return Ask(handler_, "GET", target, key);
  }

  void Upsert(std::string_view json) {
    const auto response = Admin("POST", "/v1/catalog", json);
    ASSERT_EQ(response.status, 200) << response.body;
  }

  struct NewKey {
    std::string id;
    std::string key;
  };
  NewKey MakeKey(std::string_view body) {
    const auto response = Admin("POST", "/v1/keys", body);
    EXPECT_EQ(response.status, 201) << response.body;
    simdjson::dom::parser parser;
    const simdjson::dom::element json = parser.parse(response.body);
    return {std::string(json["id"].get_string().value()),
            std::string(json["key"].get_string().value())};
  }

  // One click of advertiser 1 and two of 2, in a far year so that they do not expire.
  void InsertClicks() {
    ChdbTestStore::Run(
        "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, ad_group_id, creative_id, "
        "device, country, region, clicks, spend_micros) VALUES "
        "('2040-11-01 12:00:00', 1, 10, 100, 1000, 'mobile', 'DE', 'BY', 1, 250000), "
        "('2040-11-01 12:00:00', 2, 20, 200, 2000, 'tv', 'US', 'CA', 2, 500000)");
  }

  ManualClock clock_{kNowMs};
  FixedFreshness freshness_;
  std::unique_ptr<TimeZones> zones_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<ApiKeys> keys_;
  std::unique_ptr<ReportingApi> api_;
  http::Handler handler_;
};

}  // namespace adtally
