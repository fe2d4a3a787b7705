#include "store/cluster_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace adtally {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class AnsweringStore final : public Store {
 public:
  explicit AnsweringStore(std::string answer) : answer_(std::move(answer)) {}
  Result<std::string> Query(std::string_view, const std::vector<SqlParam>&,
                            std::string_view) override {
    return answer_;
  }
  Result<void> Insert(std::string_view, std::string_view, std::string_view) override { return {}; }

 private:
  std::string answer_;
};

TEST(ClusterLayoutTest, HostsAreReachedWhereTheStoreIsOrWhereTheyAreNamed) {
  AnsweringStore store(
      "1\tch1\t9000\n1\tch2\t9000\n2\tch3\t9000\n2\tch3\t9001\n3\tfd00::1\t9000\n");
  const auto shards = ReadClusterLayout(
      store, "ads", "https://ch1:8443",
      {{"ch2", "http://10.0.0.2:1"}, {"ch3:9001", "http://10.0.0.3:2"}, {"nobody", "http://x:1"}});
  ASSERT_TRUE(shards.ok()) << shards.error().message;
  ASSERT_EQ(shards->size(), 3u);
  EXPECT_THAT((*shards)[0].urls, ElementsAre("https://ch1:8443", "http://10.0.0.2:1"));
  EXPECT_THAT((*shards)[1].urls, ElementsAre("https://ch3:8443", "http://10.0.0.3:2"));
  EXPECT_THAT((*shards)[2].urls, ElementsAre("https://[fd00::1]:8443"));
  const auto no_port = ReadClusterLayout(store, "ads", "http://ch1", {{"ch3:9001", "http://y"}});
  ASSERT_TRUE(no_port.ok());
  EXPECT_THAT((*no_port)[0].urls, ElementsAre("http://ch1", "http://ch2"));
}

TEST(ClusterLayoutTest, TwoReplicasAtOneUrlAreRefused) {
  AnsweringStore store("1\tch1\t9000\n2\tch1\t9001\n");
  const auto shards = ReadClusterLayout(store, "ads", "http://ch1:8123", {});
  ASSERT_FALSE(shards.ok());
  EXPECT_THAT(shards.error().message, HasSubstr("store.replica_urls"));
}

TEST(ClusterLayoutTest, AnUnknownClusterIsRefused) {
  AnsweringStore store("");
  const auto shards = ReadClusterLayout(store, "ads", "http://ch1:8123", {});
  ASSERT_FALSE(shards.ok());
  EXPECT_THAT(shards.error().message, HasSubstr("\"ads\""));
}

TEST(ClusterLayoutTest, TheQuorumIsMoreThanHalf) {
  EXPECT_EQ(InsertQuorum(1, 0).value(), 1u);
  EXPECT_EQ(InsertQuorum(2, 0).value(), 2u);
  EXPECT_EQ(InsertQuorum(3, 0).value(), 2u);
  EXPECT_EQ(InsertQuorum(2, 1).value(), 1u);
  EXPECT_FALSE(InsertQuorum(2, 3).ok());
}

}  // namespace
}  // namespace adtally
