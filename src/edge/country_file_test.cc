#include "edge/country_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "edge/mmdb_test_support.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

using testing::HasSubstr;

class CountryFileTest : public testing::Test {
 protected:
  std::string Write(std::string_view bytes) {
    const std::string path = folder_.path() + "/test.mmdb";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  TemporaryFolder folder_;
};

std::string SmallFile() {
  MmdbWriter writer;
  writer.Add("1.2.0.0", 16, "US", "CA");
  writer.Add("5.0.0.0", 8, "DE");
  writer.Add("2001:db8::", 32, "FR", "IDF");
  writer.Add("100.64.0.0", 10, "toolong", "badregion");
  return writer.Finish();
}

TEST_F(CountryFileTest, FindsCountryAndRegion) {
  const auto file = CountryFile::Open(Write(SmallFile()));
  ASSERT_TRUE(file.ok()) << file.error().message;
  const auto find = [&](std::string_view address) {
    const Place place = (*file)->Find(*ParseIpAddress(address));
    return std::string(place.country.view()) + "-" + std::string(place.region.view());
  };
  EXPECT_EQ(find("1.2.3.4"), "US-CA");
  EXPECT_EQ(find("::ffff:1.2.3.4"), "US-CA");
  EXPECT_EQ(find("5.6.7.8"), "DE-");
  EXPECT_EQ(find("2001:db8:1::1"), "FR-IDF");
  EXPECT_EQ(find("9.9.9.9"), "-");
  EXPECT_EQ(find("2001:db9::1"), "-");
  EXPECT_EQ(find("100.64.1.1"), "-");
}

TEST_F(CountryFileTest, AMissingFileIsOneSentence) {
  const auto file = CountryFile::Open(folder_.path() + "/none.mmdb");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(file.error().message, HasSubstr("none.mmdb"));
}

TEST_F(CountryFileTest, ABrokenFileIsOneSentence) {
  const auto garbage = CountryFile::Open(Write("this is not a database"));
  ASSERT_FALSE(garbage.ok());
  EXPECT_EQ(garbage.error().code, ErrorCode::kCorrupt);
  EXPECT_FALSE(CountryFile::Open(Write("")).ok());

  MmdbWriter empty;
  const auto no_countries = CountryFile::Open(Write(empty.Finish()));
  ASSERT_FALSE(no_countries.ok());
  EXPECT_THAT(no_countries.error().message, HasSubstr("holds no country"));
}

// A half-copied file has lost its end, where the metadata is; a damaged one may have lost anything.
TEST_F(CountryFileTest, DamageNeverCrashes) {
  const std::string good = SmallFile();
  for (size_t size = 0; size < good.size(); size += 97) {
    EXPECT_FALSE(CountryFile::Open(Write(good.substr(0, size))).ok()) << size;
  }
  for (size_t at = 0; at < good.size(); at += 13) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 0xff);
    const auto file = CountryFile::Open(Write(damaged));
    if (file.ok()) (*file)->Find(*ParseIpAddress("1.2.3.4"));
  }
}

}  // namespace
}  // namespace adtally
