#include "reporting/answer_cache.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

Statement StatementOf(const std::string& value) {
  return {"SELECT {id:UInt32}", {{"id", value}}};
}

void Remember(AnswerCache& cache, const std::string& value, const std::string& answer) {
  cache.Remember(StatementOf(value), "TSV", std::make_shared<const std::string>(answer));
}

TEST(AnswerCacheTest, AnswersAreByStatementParametersAndFormat) {
  AnswerCache cache(1000);
  Remember(cache, "1", "one");
  ASSERT_NE(nullptr, cache.Find(StatementOf("1"), "TSV"));
  EXPECT_EQ("one", *cache.Find(StatementOf("1"), "TSV"));
  EXPECT_EQ(nullptr, cache.Find(StatementOf("2"), "TSV"));
  EXPECT_EQ(nullptr, cache.Find(StatementOf("1"), "CSV"));
}

TEST(AnswerCacheTest, WhatWasUsedLongestAgoMakesRoom) {
  AnswerCache cache(3 * 100 + 200);
  Remember(cache, "1", std::string(100, 'a'));
  Remember(cache, "2", std::string(100, 'b'));
  EXPECT_NE(nullptr, cache.Find(StatementOf("1"), "TSV"));
  Remember(cache, "3", std::string(100, 'c'));
  Remember(cache, "4", std::string(100, 'd'));
  EXPECT_NE(nullptr, cache.Find(StatementOf("1"), "TSV"));
  EXPECT_EQ(nullptr, cache.Find(StatementOf("2"), "TSV"));
  EXPECT_NE(nullptr, cache.Find(StatementOf("4"), "TSV"));
}

TEST(AnswerCacheTest, AnAnswerThatIsTooLargeIsNotRemembered) {
  AnswerCache cache(100);
  Remember(cache, "1", "one");
  Remember(cache, "2", std::string(100, 'b'));
  EXPECT_EQ(nullptr, cache.Find(StatementOf("2"), "TSV"));
  EXPECT_NE(nullptr, cache.Find(StatementOf("1"), "TSV"));
}

TEST(AnswerCacheTest, WithoutRoomNothingIsRemembered) {
  AnswerCache cache(0);
  Remember(cache, "1", "");
  EXPECT_EQ(nullptr, cache.Find(StatementOf("1"), "TSV"));
}

}  // namespace
}  // namespace adtally
