#include "store/late_exception.h"

#include <gtest/gtest.h>

#include <string>

namespace adtally {
namespace {

constexpr std::string_view kTag = "abcdefghijklmnop";

std::string WithException(const std::string& rows) {
  return rows +
         "\r\n__exception__\r\nabcdefghijklmnop\r\nCode: 241. DB::Exception: Memory limit. "
         "(MEMORY_LIMIT_EXCEEDED)\n\r\n80 abcdefghijklmnop\r\n__exception__\r\n";
}

struct Passed {
  std::string rows;
  std::string text;
};

// Hands `body` over in pieces of that size.
Passed Pass(std::string_view tag, std::string_view body, size_t piece) {
  LateException late;
  late.SetTag(tag);
  Passed passed;
  for (size_t at = 0; at < body.size(); at += piece) {
    passed.rows += late.Pass(body.substr(at, piece));
  }
  passed.text = late.Text();
  if (passed.text.empty()) passed.rows += late.Rest();
  return passed;
}

std::string Rows(int count) {
  std::string rows;
  for (int i = 0; i < count; ++i) rows += std::to_string(i) + '\n';
  return rows;
}

TEST(LateException, AWholeBodyPassesAsItIs) {
  for (const int count : {0, 1, 1000, 50'000}) {
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{1000}, size_t{65'536}}) {
      for (const std::string_view tag : {kTag, std::string_view()}) {
        const Passed passed = Pass(tag, Rows(count), piece);
        EXPECT_TRUE(passed.rows == Rows(count)) << count << " rows by " << piece;
        EXPECT_EQ(passed.text, "");
      }
    }
  }
}

TEST(LateException, NothingOfAnExceptionPasses) {
  for (const int count : {0, 1000, 50'000}) {
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{1000}, size_t{65'536}}) {
      const Passed passed = Pass(kTag, WithException(Rows(count)), piece);
      EXPECT_TRUE(Rows(count).starts_with(passed.rows));
      EXPECT_NE(passed.text.find("Code: 241. DB::Exception: Memory limit."), std::string::npos);
    }
  }
}

TEST(LateException, AnOlderServersTextIsFoundToo) {
  const Passed passed =
      Pass("", Rows(50'000) + "Code: 395. DB::Exception: boo. (NAME) (version 24.8)", 1000);
  EXPECT_TRUE(Rows(50'000).starts_with(passed.rows));
  EXPECT_TRUE(passed.text.starts_with("Code: 395. DB::Exception: boo."));
  // Rows that speak of one are no exception where the server would have said a tag.
  const std::string rows = "say \"DB::Exception: \"\n";
  EXPECT_EQ(Pass(kTag, rows, 4).rows, rows);
}

}  // namespace
}  // namespace adtally
