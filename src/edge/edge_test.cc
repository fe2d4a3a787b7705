#include "edge/edge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/edge_test_support.h"

namespace adtally {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const Headers kIngestKey = {{"Authorization", "Bearer ingest"}};
constexpr const char* kLinkRequest =
    R"({"advertiser_id":1,"campaign_id":7,"ad_group_id":70,"creative_id":700,)"
    R"("landing_url":"https://shop.example/","click_cost_micros":250000,"impression_id":"abc"})";

// The value of a string field in a flat JSON object.
std::string Field(const std::string& json, const std::string& name) {
  const std::string key = "\"" + name + "\":\"";
  const size_t at = json.find(key);
  return at == std::string::npos
             ? ""
             : json.substr(at + key.size(), json.find('"', at + key.size()) - at - key.size());
}

TEST(Edge, LinksLeadToClicksAndConversions) {
  TestEdge edge;
  const http::Response links = edge.Call("POST", "/v1/links", kIngestKey, kLinkRequest);
  ASSERT_EQ(links.status, 200) << links.body;
  const std::string base = "https://t.example.com";
  const std::string click_url = Field(links.body, "click_url");
  const std::string impression_url = Field(links.body, "impression_url");
  EXPECT_EQ(Field(links.body, "impression_id"), "abc");
  ASSERT_THAT(click_url, StartsWith(base + "/c/"));
  ASSERT_THAT(impression_url, StartsWith(base + "/i/"));

  EXPECT_EQ(edge.Call("GET", impression_url.substr(base.size())).status, 200);
  const auto redirect = edge.Call("GET", click_url.substr(base.size()));
  const std::string location(redirect.Header("Location"));
  const std::string page = "https://shop.example/?";
  ASSERT_THAT(location, StartsWith(page));
  EXPECT_EQ(edge.Call("POST", "/v1/conversions?order_id=1&value=5&" + location.substr(page.size()))
                .status,
            204);

  const auto events = edge.log.Events();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].event.type, EventType::kImpression);
  EXPECT_EQ(events[1].event.type, EventType::kClick);
  EXPECT_EQ(events[2].event.type, EventType::kConversion);
  EXPECT_EQ(events[2].event.dimensions.campaign_id, 7u);
  EXPECT_EQ(edge.edge->stats().links.value(), 1u);
}

TEST(Edge, LinksWantAKeyAndARightBody) {
  TestEdge edge;
  EXPECT_EQ(edge.Call("POST", "/v1/links", {}, kLinkRequest).status, 401);
  EXPECT_EQ(
      edge.Call("POST", "/v1/links", {{"Authorization", "Bearer reader"}}, kLinkRequest).status,
      403);
  EXPECT_EQ(
      edge.Call("POST", "/v1/links", {{"Authorization", "Bearer admin"}}, kLinkRequest).status,
      200);
  EXPECT_EQ(edge.Call("POST", "/v1/links", kIngestKey, "{").status, 400);
  EXPECT_EQ(edge.Call("POST", "/v1/links", kIngestKey, std::string(70'000, ' ')).status, 413);
  const http::Response wrong =
      edge.Call("POST", "/v1/links", kIngestKey, R"({"advertiser_id":1,"campaign_id":"7"})");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr("campaign_id: expected an integer from 1 to 4294967295, got"));
  EXPECT_THAT(edge.Call("POST", "/v1/links", kIngestKey, R"({"advertiser_id":1})").body,
              HasSubstr("campaign_id: missing"));
}

TEST(Edge, LinksStartWithTheHostOfTheRequestWithoutAPublicUrl) {
  TestEdge surroundings;
  const auto edge =
      std::move(Edge::Create({}, surroundings.log, *surroundings.signer, surroundings.keys,
                             surroundings.pages, surroundings.clock, surroundings.logger))
          .value();
  Headers headers = kIngestKey;
  headers.emplace_back("Host", "127.0.0.1:4711");
  const http::Response response =
      CallAsync(edge->handler(), "POST", "/v1/links", headers, kLinkRequest).get();
  EXPECT_THAT(Field(response.body, "click_url"), StartsWith("http://127.0.0.1:4711/c/"));
  EXPECT_EQ(CallAsync(edge->handler(), "POST", "/v1/links", kIngestKey, kLinkRequest).get().status,
            400);
}

TEST(Edge, OtherMethodsAre405WithAllow) {
  TestEdge edge;
  const auto expect = [&](const char* method, const char* target, const char* allow) {
    const http::Response response = edge.Call(method, target);
    EXPECT_EQ(response.status, 405) << method << " " << target;
    EXPECT_EQ(response.Header("Allow"), allow);
  };
  expect("GET", "/v1/events", "POST");
  expect("PUT", "/v1/links", "POST");
  expect("POST", "/c/x", "GET, HEAD");
  expect("OPTIONS", "/c/x", "GET, HEAD");
  expect("POST", "/i/x.gif", "GET, HEAD, OPTIONS");
  expect("DELETE", "/p/x.gif", "GET, HEAD, OPTIONS");
  expect("PUT", "/v1/conversions", "GET, HEAD, POST, OPTIONS");
  expect("POST", "/healthz", "GET, HEAD");
}

TEST(Edge, UnknownPathsAre404) {
  TestEdge edge;
  for (const char* target : {"/", "", "/c", "/C/x", "/v1/event", "/v1/events/", "/v1", "*"}) {
    EXPECT_EQ(edge.Call("GET", target).status, 404) << target;
  }
}

TEST(Edge, IsAlive) {
  TestEdge edge;
  EXPECT_EQ(edge.Call("GET", "/healthz").status, 200);
  EXPECT_EQ(edge.Call("HEAD", "/healthz").status, 200);
}

TEST(Edge, BadOptionsAreNamed) {
  TestEdge surroundings;
  const auto error_of = [&](auto change) {
    EdgeOptions options;
    change(options);
    auto edge = Edge::Create(options, surroundings.log, *surroundings.signer, surroundings.keys,
                             surroundings.pages, surroundings.clock, surroundings.logger);
    EXPECT_FALSE(edge.ok());
    return edge.ok() ? std::string() : edge.error().message;
  };
  EXPECT_THAT(error_of([](auto& o) { o.public_url = "t.example.com"; }),
              StartsWith("edge.public_url: "));
  EXPECT_THAT(error_of([](auto& o) { o.public_url = "https://t.example.com/?a"; }),
              StartsWith("edge.public_url: "));
  EXPECT_THAT(error_of([](auto& o) { o.ingest_threads = 0; }), StartsWith("edge.ingest_threads: "));
  EXPECT_THAT(error_of([](auto& o) { o.ingest_queue = 0; }), StartsWith("edge.ingest_queue: "));
  EXPECT_THAT(error_of([](auto& o) { o.dedup_window_ms = 0; }),
              StartsWith("aggregator.dedup_window_hours: "));
  EXPECT_THAT(error_of([](auto& o) { o.clients.trusted_proxies = {"x"}; }),
              StartsWith("edge.trusted_proxies: "));
  EXPECT_THAT(error_of([](auto& o) { o.clients.country_file = "/none"; }),
              StartsWith("edge.country_file: "));
}

TEST(Edge, AnswersWhatItTookBeforeItEnds) {
  TestEdge edge({}, FakeLog::Mode::kHeld);
  std::vector<std::future<http::Response>> answers;
  for (int i = 0; i < 10; ++i) {
    answers.push_back(edge.Start("GET", "/c/" + edge.signer->Sign(TestLink(std::to_string(i)))));
  }
  edge.log.set_mode(FakeLog::Mode::kThread);
  answers.push_back(edge.Start("GET", "/c/" + edge.signer->Sign(TestLink("last"))));
  std::thread release([&] { edge.log.Release(); });
  edge.edge.reset();
  release.join();
  for (auto& answer : answers) EXPECT_EQ(answer.get().status, 302);
  EXPECT_EQ(edge.log.Events().size(), 11u);
}

TEST(Edge, ManyThreadsClickAndConvert) {
  TestEdge edge({}, FakeLog::Mode::kThread);
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      const std::string id = "imp-" + std::to_string(t);
      const std::string link = edge.signer->Sign(TestLink(id));
      for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(
            edge.Call("GET", "/c/" + link, {{"User-Agent", "agent " + std::to_string(i)}}).status,
            302);
        EXPECT_EQ(edge.Call("GET", "/i/" + link + ".gif").status, 200);
        EXPECT_EQ(edge.Call("POST", "/v1/conversions?click_id=" + edge.signer->Sign(TestClick(id)))
                      .status,
                  204);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(edge.log.Events().size(), 8u * 150u);
  EXPECT_EQ(edge.edge->stats().clicks.value(), 400u);
  EXPECT_LE(edge.log.appends(), 1200);
}

}  // namespace
}  // namespace adtally
