#include "reporting/catalog_entities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace adtally {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const TimeZones kZones({"UTC", "Europe/Berlin"});

std::string ErrorOf(std::string_view json) {
  const auto entities = ParseCatalog(json, kZones);
  return entities.ok() ? "no error" : entities.error().message;
}

TEST(ParseCatalog, KeepsNamesAsTheyAre) {
  const auto entities = ParseCatalog(
      R"({"advertisers":[{"id":1,"name":"<script>\u0000'\"; DROP 東京","time_zone":"UTC","currency":"EUR"}]})",
      kZones);
  ASSERT_TRUE(entities.ok()) << entities.error().message;
  EXPECT_EQ(entities->advertisers.at(0).name, std::string("<script>") + '\0' + "'\"; DROP 東京");
}

TEST(ParseCatalog, NamesThePlace) {
  EXPECT_THAT(ErrorOf("{"), StartsWith("body: not one JSON document"));
  EXPECT_THAT(ErrorOf("[]"), StartsWith("body: expected a JSON object"));
  EXPECT_THAT(ErrorOf(R"({"advertiser":[]})"), StartsWith("advertiser: unknown field; expected"));
  EXPECT_THAT(ErrorOf(R"({"campaigns":{}})"), StartsWith("campaigns: expected an array"));
  EXPECT_THAT(ErrorOf(R"({"campaigns":[7]})"), StartsWith("campaigns[0]: expected a JSON object"));
  EXPECT_THAT(ErrorOf(R"({"campaigns":[{"id":1,"advertiser_id":1,"name":"a"},{"id":0}]})"),
              StartsWith("campaigns[1].id: expected an id from 1"));
  EXPECT_THAT(ErrorOf(R"({"campaigns":[{"id":1,"name":"a"}]})"),
              StartsWith("campaigns[0].advertiser_id: required"));
  EXPECT_THAT(ErrorOf(R"({"campaigns":[{"id":1,"advertiser_id":2,"name":""}]})"),
              StartsWith("campaigns[0].name: required"));
  EXPECT_THAT(ErrorOf(R"({"campaigns":[{"id":1,"id":2,"advertiser_id":2,"name":"a"}]})"),
              StartsWith("campaigns[0].id: given twice"));
  EXPECT_THAT(ErrorOf(R"({"campaigns":[{"id":4294967296,"advertiser_id":2,"name":"a"}]})"),
              StartsWith("campaigns[0].id: expected an id"));
  EXPECT_THAT(ErrorOf(R"({"campaigns":[{"id":1,"advertiser_id":2,"name":")" +
                      std::string(257, 'x') + "\"}]}"),
              StartsWith("campaigns[0].name: expected at most 256 bytes, got 257"));
  EXPECT_THAT(
      ErrorOf(R"({"advertisers":[{"id":1,"name":"a","time_zone":"Mars","currency":"EUR"}]})"),
      StartsWith("advertisers[0].time_zone: expected an IANA name"));
  EXPECT_THAT(
      ErrorOf(R"({"advertisers":[{"id":1,"name":"a","time_zone":"UTC","currency":"eur"}]})"),
      StartsWith("advertisers[0].currency: expected an ISO 4217 code"));
}

TEST(ParseCatalog, RefusesTheSameIdTwice) {
  EXPECT_THAT(ErrorOf(R"({"campaigns":[{"id":1,"advertiser_id":1,"name":"a"},
                                       {"id":1,"advertiser_id":1,"name":"b"}]})"),
              StartsWith("campaigns[1].id: 1 is given twice"));
}

TEST(ParseCatalog, TakesOnlyWebUrls) {
  const auto error = [](std::string_view url) {
    return ErrorOf(R"({"creatives":[{"id":1,"ad_group_id":1,"name":"a","landing_url":")" +
                   std::string(url) + "\"}]}");
  };
  EXPECT_EQ(error("https://example.com/a?b=c#d"), "no error");
  EXPECT_EQ(error("http://example.com"), "no error");
  EXPECT_EQ(error("HTTPS://example.com"), "no error");
  for (const std::string_view url :
       {"javascript:alert(1)", "//example.com", "/path", "https://", "https:///x", "ftp://x",
        "https://a b", "https://a\\r\\nSet-Cookie: x", "http://@host", "https://user@host/"}) {
    EXPECT_THAT(error(url), HasSubstr("landing_url: expected an absolute")) << url;
  }
}

}  // namespace
}  // namespace adtally
