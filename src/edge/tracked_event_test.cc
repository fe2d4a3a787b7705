#include "edge/tracked_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/edge_test_support.h"
#include "event/event_id.h"

namespace adtally {
namespace {

using testing::StartsWith;

constexpr int64_t kNow = TestEdge::kNowMs;

ClientInfo American() {
  return {Device::kMobile, *ParseCountry("US"), *ParseRegion("CA"), false};
}

TEST(TrackedEvent, ClickAndImpressionOfALink) {
  const TokenClaims link = TestLink("abc");
  const TrackedEvent tracked = ClickOf(link, American(), kNow);
  const Event click = tracked.View();
  EXPECT_EQ(click.type, EventType::kClick);
  EXPECT_EQ(click.time.value, kNow);
  EXPECT_EQ(click.cost_micros, 250'000);
  const Dimensions expected{
      1, 7, 70, 700, Device::kMobile, *ParseCountry("US"), *ParseRegion("CA")};
  EXPECT_EQ(click.dimensions, expected);
  EXPECT_EQ(FirstInvalidField(click), EventField::kNone);

  const TrackedEvent impression = ImpressionOf(link, American(), kNow);
  EXPECT_EQ(impression.event_id, ImpressionEventId("abc"));
  EXPECT_EQ(impression.fields.type, EventType::kImpression);
  EXPECT_EQ(impression.fields.cost_micros, 1'500);
}

TEST(TrackedEvent, TheSameLinkIsTheSameEvent) {
  ClientInfo bot = American();
  bot.bot = true;
  const TrackedEvent first = ClickOf(TestLink("abc"), American(), kNow);
  const TrackedEvent second = ClickOf(TestLink("abc"), bot, kNow + 5000);
  EXPECT_EQ(first.event_id, second.event_id);
  EXPECT_NE(first.event_id, ClickOf(TestLink("abd"), American(), kNow).event_id);
  EXPECT_EQ(first.fields.invalid_reason, InvalidReason::kNone);
  EXPECT_EQ(second.fields.invalid_reason, InvalidReason::kBot);
}

TEST(TrackedEvent, TheTokensPlaceAndDeviceStand) {
  TokenClaims link = TestLink();
  link.dimensions.device = Device::kTv;
  link.dimensions.country = *ParseCountry("DE");
  const Dimensions other_country = ClickOf(link, American(), kNow).fields.dimensions;
  EXPECT_EQ(other_country.device, Device::kTv);
  EXPECT_EQ(other_country.country.view(), "DE");
  EXPECT_EQ(other_country.region.view(), "");  // California is not in Germany

  link.dimensions.country = *ParseCountry("US");
  EXPECT_EQ(ClickOf(link, American(), kNow).fields.dimensions.region.view(), "CA");
  link.dimensions.region = *ParseRegion("NY");
  EXPECT_EQ(ClickOf(link, American(), kNow).fields.dimensions.region.view(), "NY");
}

TEST(TrackedEvent, AClickIdRemembersTheClick) {
  const TokenClaims link = TestLink("abc");
  const TrackedEvent click = ClickOf(link, American(), kNow);
  const TokenClaims id = ClickIdClaims(link, click, 1000);
  EXPECT_EQ(id.kind, TokenClaims::Kind::kClick);
  EXPECT_EQ(id.impression_id, "abc");
  EXPECT_EQ(id.dimensions, click.fields.dimensions);
  EXPECT_EQ(id.time.value, kNow);
  EXPECT_EQ(id.expires_ms, kNow + 1000);
  EXPECT_TRUE(id.landing_url.empty());
}

TEST(TrackedEvent, AConversionComesFromItsClickId) {
  const auto signer = TestSigner();
  const std::string id = signer->Sign(TestClick("abc"));
  const auto conversion = ConversionOf({id, "order-9", "12.34"}, *signer, kNow);
  ASSERT_TRUE(conversion.ok()) << conversion.error().message;
  const Event event = conversion->View();
  EXPECT_EQ(event.event_id, ConversionEventId("abc", "order-9"));
  EXPECT_EQ(event.order_id, "order-9");
  EXPECT_EQ(event.value_micros, 12'340'000);
  EXPECT_EQ(event.cost_micros, 0);
  EXPECT_EQ(event.time.value, kNow);
  EXPECT_EQ(event.click_time, TestClick().time);
  EXPECT_EQ(event.dimensions, TestClick().dimensions);

  const auto again = ConversionOf({id, "order-9", ""}, *signer, kNow + 1);
  EXPECT_EQ(again->event_id, conversion->event_id);
  EXPECT_EQ(again->fields.value_micros, 0);
  EXPECT_NE(ConversionOf({id, "order-10", ""}, *signer, kNow)->event_id, conversion->event_id);
}

TEST(TrackedEvent, WrongConversionsAreExplained) {
  const auto signer = TestSigner();
  const std::string id = signer->Sign(TestClick());
  const auto error_of = [&](ConversionParameters parameters) {
    const auto conversion = ConversionOf(parameters, *signer, kNow);
    EXPECT_FALSE(conversion.ok());
    EXPECT_EQ(conversion.error().code, ErrorCode::kInvalidArgument);
    return conversion.error().message;
  };
  EXPECT_THAT(error_of({"", "", ""}), StartsWith("click_id: missing"));
  EXPECT_EQ(error_of({"forged", "", ""}), "click_id: not a valid click id");
  EXPECT_EQ(error_of({signer->Sign(TestLink()), "", ""}), "click_id: not a valid click id");
  EXPECT_EQ(error_of({TestSigner("another secret of the test")->Sign(TestClick()), "", ""}),
            "click_id: not a valid click id");
  EXPECT_THAT(error_of({id, "", "-1"}), StartsWith("value: expected"));
  EXPECT_THAT(error_of({id, "", "1.2345678"}), StartsWith("value: expected"));
  EXPECT_THAT(error_of({id, std::string(65, 'o'), ""}), StartsWith("order_id: "));
}

}  // namespace
}  // namespace adtally
