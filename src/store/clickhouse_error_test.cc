#include "store/clickhouse_error.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

TEST(ClickHouseErrorTest, KeepsTheSentenceAndTheName) {
  const Error error = ClickHouseError(
      "Code: 60. DB::Exception: Unknown table expression identifier 'adtally.nope'\nin scope "
      "SELECT "
      "1. (UNKNOWN_TABLE) (version 26.7.3.1), Stack trace (when copying this message): 0. x");
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      error.message,
      "Unknown table expression identifier 'adtally.nope' in scope SELECT 1. (UNKNOWN_TABLE)");
}

TEST(ClickHouseErrorTest, ARepeatedPrefixIsLeftOut) {
  EXPECT_EQ(
      ClickHouseError("Code: 73. DB::Exception: Code: 73. DB::Exception: Unknown format Nope. "
                      "(UNKNOWN_FORMAT) (version 26.7.2.1). (UNKNOWN_FORMAT)")
          .message,
      "Unknown format Nope. (UNKNOWN_FORMAT)");
}

TEST(ClickHouseErrorTest, SaysWhatMayBeRetried) {
  EXPECT_EQ(ClickHouseError("Code: 241. DB::Exception: Memory limit exceeded").code,
            ErrorCode::kUnavailable);
  EXPECT_EQ(ClickHouseError("Code: 40. DB::Exception: Checksum doesn't match").code,
            ErrorCode::kCorrupt);
  EXPECT_EQ(ClickHouseError("Code: 396. DB::Exception: Limit for result").code,
            ErrorCode::kTooLarge);
  EXPECT_EQ(ClickHouseError("Code: 49. DB::Exception: Logical error").code, ErrorCode::kInternal);
}

TEST(ClickHouseErrorTest, SurvivesOtherTexts) {
  EXPECT_EQ(ClickHouseError("").message, "unknown error");
  EXPECT_EQ(ClickHouseError("Invalid or closed connection").message,
            "Invalid or closed connection");
}

}  // namespace
}  // namespace adtally
