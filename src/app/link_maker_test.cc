#include "app/link_maker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <memory>
#include <string>
#include <utility>

#include "testing/manual_clock.h"

namespace adtally {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr int64_t kNowMs = 1'793'536'200'000;
constexpr std::string_view kBody =
    R"({"advertiser_id":1,"campaign_id":7,"ad_group_id":70,"creative_id":700,
        "landing_url":"https://shop.example/","click_cost_micros":250000})";

class LinkMakerTest : public testing::Test {
 protected:
  LinkMakerTest() : signer_(TokenSigner::Create({{{1, "a secret of the test"}}, 1}).value()) {}

  Result<std::string> Make(std::string public_url, std::string edge_address,
                           std::string_view host = "ads.example:8081") {
    return LinkMaker(std::move(public_url), std::move(edge_address), *signer_, clock_)
        .MakeLinks(kBody, host);
  }
  // What the click's link starts with, up to its token.
  std::string Origin(std::string public_url, std::string edge_address,
                     std::string_view host = "ads.example:8081") {
    const auto links = Make(std::move(public_url), std::move(edge_address), host);
    EXPECT_TRUE(links.ok());
    simdjson::dom::parser parser;
    const std::string url(parser.parse(*links)["click_url"].get_string().value());
    return url.substr(0, url.find("/c/"));
  }

  ManualClock clock_{kNowMs};
  std::unique_ptr<TokenSigner> signer_;
};

TEST_F(LinkMakerTest, LinksStartWhereTheEdgeIsReached) {
  EXPECT_EQ(Origin("https://t.example/", "127.0.0.1:8080"), "https://t.example");
  EXPECT_EQ(Origin("https://t.example", ""), "https://t.example");
  EXPECT_EQ(Origin("", "127.0.0.1:8080"), "http://127.0.0.1:8080");
  EXPECT_EQ(Origin("", "[::1]:8080"), "http://[::1]:8080");
  EXPECT_EQ(Origin("", "0.0.0.0:8080"), "http://ads.example:8080");
  EXPECT_EQ(Origin("", "[::]:8080", "[::1]:8081"), "http://[::1]:8080");
  EXPECT_EQ(Origin("", "0.0.0.0:8080", "ads.example"), "http://ads.example:8080");
}

TEST_F(LinkMakerTest, WithoutAnEdgeAndItsAddressItSaysWhatToSet) {
  for (const auto& made : {Make("", ""), Make("", "0.0.0.0:8080", "")}) {
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code, ErrorCode::kConflict);
    EXPECT_THAT(made.error().message, HasSubstr("edge.public_url"));
  }
}

TEST_F(LinkMakerTest, TheTokenIsTheEdges) {
  const auto links = Make("https://t.example", "");
  ASSERT_TRUE(links.ok());
  simdjson::dom::parser parser;
  const std::string url(parser.parse(*links)["click_url"].get_string().value());
  const auto claims =
      signer_->Verify(url.substr(url.find("/c/") + 3), TokenClaims::Kind::kLink, kNowMs);
  ASSERT_TRUE(claims.ok());
  EXPECT_EQ(claims->dimensions.creative_id, 700u);
  EXPECT_EQ(claims->click_cost_micros, 250'000);
  EXPECT_EQ(claims->landing_url, "https://shop.example/");
  EXPECT_EQ(claims->time.value, kNowMs);
}

TEST_F(LinkMakerTest, AWrongBodyIsNamed) {
  const LinkMaker maker("https://t.example", "", *signer_, clock_);
  const auto made = maker.MakeLinks(R"({"advertiser_id":1})", "");
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(made.error().message, StartsWith("campaign_id: missing"));
}

}  // namespace
}  // namespace adtally
