#include "http/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace adtally::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(UrlCoding, DecodesEscapesAndPlus) {
  EXPECT_EQ(UrlDecode("a%20b+c%2Bd"), "a b c+d");
  EXPECT_EQ(UrlDecode("%C3%BC"), "\xC3\xBC");
}

TEST(UrlCoding, LeavesBadEscapesAsTheyAre) {
  EXPECT_EQ(UrlDecode("100%"), "100%");
  EXPECT_EQ(UrlDecode("%2"), "%2");
  EXPECT_EQ(UrlDecode("%zz%41"), "%zzA");
}

TEST(UrlCoding, RoundTripsAnyBytes) {
  EXPECT_TRUE(
      rc::check([](const std::string& text) { return UrlDecode(UrlEncode(text)) == text; }));
}

TEST(ParseQuery, KeepsOrderAndRepetition) {
  EXPECT_THAT(ParseQuery("a=1&b=x%26y&a=2&flag&&=v"),
              ElementsAre(Pair("a", "1"), Pair("b", "x&y"), Pair("a", "2"), Pair("flag", ""),
                          Pair("", "v")));
}

TEST(Request, FindsHeadersWithoutRegardToCase) {
  Request request;
  request.headers = {{"Content-Type", "text/plain"}, {"X-A", "1"}, {"x-a", "2"}};
  EXPECT_EQ(request.Header("content-type"), "text/plain");
  EXPECT_EQ(request.Header("X-a"), "1");
  EXPECT_EQ(request.Header("X-B"), "");
}

TEST(Response, FindsHeadersWithoutRegardToCase) {
  const Response response{302, "", {{"location", "/a"}, {"Location", "/b"}}};
  EXPECT_EQ(response.Header("Location"), "/a");
  EXPECT_EQ(response.Header("Retry-After"), "");
}

TEST(Request, TakesTheBearerKey) {
  Request request;
  EXPECT_EQ(request.BearerKey(), "");
  request.headers = {{"authorization", "bearer  abc "}};
  EXPECT_EQ(request.BearerKey(), "abc");
  request.headers = {{"Authorization", "Basic abc"}};
  EXPECT_EQ(request.BearerKey(), "");
}

TEST(Problem, IsAProblemDocument) {
  const Response response = Problem(404, "no \"x\"\n\x01\xff");
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.headers, ElementsAre(Pair("Content-Type", "application/problem+json")));
  EXPECT_EQ(response.body,
            "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
            "\"detail\":\"no \\\"x\\\"\\n\\u0001\xEF\xBF\xBD\"}");
}

TEST(Problem, SaysWhenToRetryAndHowToAuthenticate) {
  EXPECT_THAT(Problem(Error{ErrorCode::kResourceExhausted, "full"}).headers,
              testing::Contains(Pair("Retry-After", "1")));
  EXPECT_THAT(Problem(Error{ErrorCode::kUnavailable, "down"}).headers,
              testing::Contains(Pair("Retry-After", "1")));
  EXPECT_THAT(Problem(401, "no key").headers,
              testing::Contains(Pair("WWW-Authenticate", "Bearer")));
}

TEST(StatusOf, CoversEachCode) {
  EXPECT_EQ(StatusOf(ErrorCode::kInvalidArgument), 400);
  EXPECT_EQ(StatusOf(ErrorCode::kConflict), 409);
  EXPECT_EQ(StatusOf(ErrorCode::kTooLarge), 413);
  EXPECT_EQ(StatusOf(ErrorCode::kCorrupt), 500);
}

}  // namespace
}  // namespace adtally::http
