#include "http/cookies.h"

#include <gtest/gtest.h>

namespace adtally::http {
namespace {

std::string_view Value(std::vector<std::string_view> lines, std::string_view name) {
  Request request;
  for (const std::string_view line : lines) request.headers.emplace_back("cookie", line);
  return CookieValue(request, name);
}

TEST(CookieValue, FindsTheCookie) {
  EXPECT_EQ(Value({"a=1; b=2=3;c="}, "a"), "1");
  EXPECT_EQ(Value({"a=1; b=2=3;c="}, "b"), "2=3");
  EXPECT_EQ(Value({"a=1; b=2=3;c="}, "c"), "");
  EXPECT_EQ(Value({"a=1", "b=2"}, "b"), "2");
  EXPECT_EQ(Value({"a=1"}, "A"), "");
  EXPECT_EQ(Value({"xa=1; ax=2"}, "a"), "");
  EXPECT_EQ(Value({}, "a"), "");
  EXPECT_EQ(Value({"a; =1;;"}, "a"), "");
}

TEST(CookieValue, BelievesNoneOfTwo) {
  EXPECT_EQ(Value({"a=1; a=2"}, "a"), "");
  EXPECT_EQ(Value({"a=1", "a=1"}, "a"), "");
}

}  // namespace
}  // namespace adtally::http
