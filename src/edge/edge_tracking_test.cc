#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "edge/edge_test_support.h"
#include "edge/tracking_handler.h"
#include "event/event_id.h"

namespace adtally {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kPhone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) "
    "Version/17.4.1 Mobile/15E148 Safari/604.1";

std::string ClickIdOf(const std::string& location) {
  const size_t at = location.find("click_id=");
  return at == std::string::npos
             ? ""
             : location.substr(at + 9, location.find_first_of("&#", at) - at - 9);
}

TEST(EdgeClick, RedirectsOnceTheClickIsDurable) {
  TestEdge edge({}, FakeLog::Mode::kHeld);
  auto answer =
      edge.Start("GET", "/c/" + edge.signer->Sign(TestLink("abc")), {{"User-Agent", kPhone}});
  EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  edge.log.Release();
  const http::Response response = answer.get();
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.Header("Cache-Control"), "no-store");
  const std::string location(response.Header("Location"));
  EXPECT_THAT(location, StartsWith("https://shop.example/page?click_id="));

  const auto events = edge.log.Events();
  ASSERT_EQ(events.size(), 1u);
  const Event& click = events[0].event;
  EXPECT_EQ(events[0].event_id, ClickEventId("abc"));
  EXPECT_EQ(click.type, EventType::kClick);
  EXPECT_EQ(click.cost_micros, 250'000);
  EXPECT_EQ(click.time.value, TestEdge::kNowMs);
  EXPECT_EQ(click.dimensions.campaign_id, 7u);
  EXPECT_EQ(click.dimensions.device, Device::kMobile);
  EXPECT_EQ(click.invalid_reason, InvalidReason::kNone);
  EXPECT_EQ(edge.edge->stats().clicks.value(), 1u);

  const int64_t month_ms = 30 * 24 * kMillisPerHour;
  const auto claims = edge.signer->Verify(ClickIdOf(location), TokenClaims::Kind::kClick,
                                          TestEdge::kNowMs + month_ms - 1);
  ASSERT_TRUE(claims.ok()) << claims.error().message;
  EXPECT_EQ(claims->dimensions, click.dimensions);
  EXPECT_EQ(claims->time, click.time);
  EXPECT_EQ(claims->impression_id, "abc");
  EXPECT_EQ(claims->expires_ms, TestEdge::kNowMs + month_ms);
}

TEST(EdgeClick, TheClickIdGoesBeforeTheFragment) {
  TestEdge edge;
  TokenClaims link = TestLink();
  link.landing_url = "https://shop.example/p?a=1#top";
  const http::Response response = edge.Call("GET", "/c/" + edge.signer->Sign(link));
  EXPECT_THAT(response.Header("Location"), StartsWith("https://shop.example/p?a=1&click_id="));
  EXPECT_TRUE(response.Header("Location").ends_with("#top"));
}

TEST(EdgeClick, ClickedTwiceIsOneEventId) {
  TestEdge edge;
  const std::string path = "/c/" + edge.signer->Sign(TestLink("abc"));
  EXPECT_EQ(edge.Call("GET", path).status, 302);
  edge.clock.Advance(1000);
  EXPECT_EQ(edge.Call("GET", path + "?utm=1").status, 302);
  const auto events = edge.log.Events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].event_id, events[1].event_id);
  EXPECT_EQ(events[0].partition, events[1].partition);
}

TEST(EdgeClick, ForgedAlteredAndExpiredLinksAre404WithOneBody) {
  TestEdge edge;
  const std::string good = edge.signer->Sign(TestLink());
  std::string altered = good;
  altered[altered.size() / 2] = altered[altered.size() / 2] == 'A' ? 'B' : 'A';
  TokenClaims expired = TestLink();
  expired.expires_ms = TestEdge::kNowMs;
  std::set<std::string> bodies;
  const std::vector<std::string> bad = {"",
                                        "x",
                                        altered,
                                        good + "/",
                                        good.substr(1),
                                        edge.signer->Sign(expired),
                                        edge.signer->Sign(TestClick()),
                                        TestSigner("another secret of the test")->Sign(TestLink())};
  for (const std::string& token : bad) {
    const http::Response response = edge.Call("GET", "/c/" + token);
    EXPECT_EQ(response.status, 404) << token;
    EXPECT_EQ(response.Header("Location"), "");
    bodies.insert(response.body);
    EXPECT_EQ(edge.Call("GET", "/i/" + token + ".gif").status, 404) << token;
  }
  EXPECT_EQ(bodies.size(), 1u);
  EXPECT_EQ(edge.log.appends(), 0);
  EXPECT_EQ(edge.edge->stats().invalid_tokens.value(), 2 * bad.size());
}

TEST(EdgeClick, LandingPagesComeFromTheCatalogWhenTheLinkHasNone) {
  TestEdge edge;
  edge.pages.pages[700] = "https://catalog.example/";
  edge.pages.pages[701] = "https://bad.example/\r\nSet-Cookie: x=y";
  TokenClaims link = TestLink();
  link.landing_url.clear();
  EXPECT_THAT(edge.Call("GET", "/c/" + edge.signer->Sign(link)).Header("Location"),
              StartsWith("https://catalog.example/?click_id="));
  link.dimensions.creative_id = 701;
  EXPECT_EQ(edge.Call("GET", "/c/" + edge.signer->Sign(link)).status, 404);
  link.dimensions.creative_id = 702;
  EXPECT_EQ(edge.Call("GET", "/c/" + edge.signer->Sign(link)).status, 404);
  EXPECT_EQ(edge.log.Events().size(), 1u);
  EXPECT_EQ(edge.edge->stats().missing_landing_pages.value(), 2u);
  ASSERT_EQ(edge.logger.lines().size(), 1u);  // not one per click
  EXPECT_THAT(edge.logger.lines()[0], HasSubstr("creative 701 has no landing page"));
  edge.clock.Advance(kMillisPerMinute);
  edge.Call("GET", "/c/" + edge.signer->Sign(link));
  EXPECT_EQ(edge.logger.lines().size(), 2u);
}

TEST(EdgeClick, NoRedirectWithoutALoggedClick) {
  EdgeOptions options;
  options.appender.max_queue_bytes = 100;
  TestEdge edge(options, FakeLog::Mode::kHeld);
  const std::string path = "/c/" + edge.signer->Sign(TestLink());
  auto first = edge.Start("GET", path);
  const http::Response overloaded = edge.Call("GET", path);
  EXPECT_EQ(overloaded.status, 429);
  EXPECT_EQ(overloaded.Header("Location"), "");
  EXPECT_NE(overloaded.Header("Retry-After"), "");
  edge.log.FailWith({ErrorCode::kUnavailable, "the disk is full"});
  edge.log.Release();
  const http::Response failed = first.get();
  EXPECT_EQ(failed.status, 503);
  EXPECT_EQ(failed.Header("Location"), "");
  EXPECT_EQ(failed.body.find("disk"), std::string::npos);  // not for the public
  EXPECT_EQ(edge.edge->stats().clicks.value(), 0u);
}

TEST(EdgeClick, BotsAreMarkedAndStillRedirected) {
  TestEdge edge;
  const http::Response response =
      edge.Call("GET", "/c/" + edge.signer->Sign(TestLink()), {{"User-Agent", "Googlebot/2.1"}});
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(edge.log.Events().at(0).event.invalid_reason, InvalidReason::kBot);
  EXPECT_EQ(edge.edge->stats().bot_events.value(), 1u);
}

TEST(EdgeTracking, HeadAndPrefetchAreAnsweredUncounted) {
  TestEdge edge;
  const std::string link = edge.signer->Sign(TestLink());
  const std::string click = edge.signer->Sign(TestClick());
  const std::vector<Headers> guesses = {{{"Purpose", "prefetch"}},
                                        {{"Sec-Purpose", "prefetch;prerender"}},
                                        {{"X-Moz", "Prefetch"}},
                                        {{"X-Purpose", "preview"}}};
  uint64_t calls = 0;
  const auto expect = [&](const std::string& method, const std::string& target,
                          const Headers& headers, int status) {
    const http::Response response = edge.Call(method, target, headers);
    EXPECT_EQ(response.status, status) << method << " " << target;
    ++calls;
  };
  for (const Headers& headers : guesses) {
    expect("GET", "/c/" + link, headers, 302);
    expect("GET", "/i/" + link + ".gif", headers, 200);
    expect("GET", "/p/" + click + ".gif", headers, 200);
    expect("GET", "/v1/conversions?click_id=" + click, headers, 204);
  }
  expect("HEAD", "/c/" + link, {}, 302);
  expect("HEAD", "/i/" + link + ".gif", {}, 200);
  expect("HEAD", "/p/" + click + ".gif", {}, 200);
  expect("HEAD", "/v1/conversions?click_id=" + click, {}, 204);
  EXPECT_EQ(edge.Call("HEAD", "/c/forged").status, 404);
  EXPECT_EQ(edge.log.appends(), 0);
  EXPECT_EQ(edge.edge->stats().uncounted_requests.value(), calls);
}

TEST(EdgePixel, IsATransparentGifOnceDurable) {
  TestEdge edge({}, FakeLog::Mode::kHeld);
  auto answer = edge.Start("GET", "/i/" + edge.signer->Sign(TestLink("abc")) + ".gif");
  EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  edge.log.Release();
  const http::Response response = answer.get();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.Header("Content-Type"), "image/gif");
  EXPECT_EQ(response.Header("Cache-Control"), "no-store");
  EXPECT_EQ(response.Header("Access-Control-Allow-Origin"), "*");
  EXPECT_THAT(response.body, StartsWith("GIF89a\x01"));
  EXPECT_EQ(response.body.size(), 43u);
  EXPECT_EQ(response.body.back(), ';');
  const auto events = edge.log.Events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].event_id, ImpressionEventId("abc"));
  EXPECT_EQ(events[0].event.type, EventType::kImpression);
  EXPECT_EQ(events[0].event.cost_micros, 1'500);
  EXPECT_EQ(edge.edge->stats().impressions.value(), 1u);
  EXPECT_EQ(edge.Call("GET", "/i/" + edge.signer->Sign(TestLink())).status, 404);  // no ".gif"
}

TEST(EdgeConversion, ComesByQueryFormOrPixel) {
  TestEdge edge;
  const std::string id = edge.signer->Sign(TestClick("abc"));
  const http::Response by_query =
      edge.Call("GET", "/v1/conversions?click_id=" + id + "&order_id=A%2F1&value=12.34");
  EXPECT_EQ(by_query.status, 204);
  EXPECT_EQ(by_query.body, "");
  EXPECT_EQ(by_query.Header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(edge.Call("POST", "/v1/conversions?value=12.34",
                      {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
                      "click_id=" + id + "&order_id=A%2F1&value=99")
                .status,
            204);
  EXPECT_EQ(edge.Call("POST", "/v1/conversions?click_id=" + id + "&order_id=A%2F1").status, 204);
  const http::Response pixel = edge.Call("GET", "/p/" + id + ".gif?order_id=A%2F1&value=12.34");
  EXPECT_EQ(pixel.status, 200);
  EXPECT_EQ(pixel.Header("Content-Type"), "image/gif");

  const auto events = edge.log.Events();
  ASSERT_EQ(events.size(), 4u);
  for (const LoggedEvent& logged : events) {
    EXPECT_EQ(logged.event_id, ConversionEventId("abc", "A/1"));
    EXPECT_EQ(logged.order_id, "A/1");
    EXPECT_EQ(logged.event.type, EventType::kConversion);
    EXPECT_EQ(logged.event.dimensions, TestClick().dimensions);
    EXPECT_EQ(logged.event.click_time, TestClick().time);
  }
  EXPECT_EQ(events[0].event.value_micros, 12'340'000);
  EXPECT_EQ(events[1].event.value_micros, 12'340'000);
  EXPECT_EQ(events[2].event.value_micros, 0);
  EXPECT_EQ(edge.edge->stats().conversions.value(), 4u);
}

TEST(EdgeConversion, WrongOnesAre400WithTheReason) {
  TestEdge edge;
  const std::string id = edge.signer->Sign(TestClick());
  const auto expect = [&](const http::Response& response, std::string_view reason) {
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, HasSubstr(reason));
    EXPECT_EQ(response.Header("Access-Control-Allow-Origin"), "*");
  };
  expect(edge.Call("GET", "/v1/conversions"), "click_id: missing");
  expect(edge.Call("GET", "/v1/conversions?click_id=forged"), "click_id: not a valid click id");
  expect(edge.Call("GET", "/p/forged.gif"), "click_id: not a valid click id");
  expect(edge.Call("GET", "/v1/conversions?value=1%2C5&click_id=" + id),
         "value: expected a number such as 12.34");
  expect(edge.Call("GET", "/v1/conversions?order_id=" + std::string(65, 'x') + "&click_id=" + id),
         "order_id: ");
  expect(edge.Call("POST", "/v1/conversions", {{"Content-Type", "application/json"}}, "{}"),
         "x-www-form-urlencoded");
  edge.clock.Advance(2 * kMillisPerHour);  // the click id has expired
  expect(edge.Call("GET", "/v1/conversions?click_id=" + id), "click_id: not a valid click id");
  EXPECT_EQ(edge.log.appends(), 0);
  EXPECT_EQ(edge.edge->stats().bad_conversions.value(), 7u);
}

TEST(EdgeConversion, AShopsServerIsNoBotButAPixelsReaderMayBe) {
  TestEdge edge;
  const std::string id = edge.signer->Sign(TestClick());
  const Headers script = {{"User-Agent", "python-requests/2.31.0"}};
  edge.Call("POST", "/v1/conversions?click_id=" + id, script);
  edge.Call("GET", "/p/" + id + ".gif", script);
  const auto events = edge.log.Events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].event.invalid_reason, InvalidReason::kNone);
  EXPECT_EQ(events[1].event.invalid_reason, InvalidReason::kBot);
}

TEST(EdgeConversion, PreflightsAreAnswered) {
  TestEdge edge;
  for (const char* target : {"/v1/conversions", "/i/x.gif", "/p/x.gif"}) {
    const http::Response response =
        edge.Call("OPTIONS", target,
                  {{"Origin", "https://shop.example"}, {"Access-Control-Request-Method", "POST"}});
    EXPECT_EQ(response.status, 204) << target;
    EXPECT_EQ(response.Header("Access-Control-Allow-Origin"), "*");
    EXPECT_THAT(response.Header("Access-Control-Allow-Methods"), HasSubstr("GET"));
  }
  EXPECT_THAT(edge.Call("OPTIONS", "/v1/conversions").Header("Access-Control-Allow-Methods"),
              HasSubstr("POST"));
}

TEST(EdgeConversion, OverloadAndFailureAreSaid) {
  TestEdge edge;
  const std::string target = "/v1/conversions?click_id=" + edge.signer->Sign(TestClick());
  edge.log.FailWith({ErrorCode::kResourceExhausted, "full"});
  EXPECT_EQ(edge.Call("GET", target).status, 429);
  edge.log.FailWith({ErrorCode::kUnavailable, "away"});
  const http::Response response = edge.Call("GET", target);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.Header("Access-Control-Allow-Origin"), "*");
}

}  // namespace
}  // namespace adtally
