#include "http/etag.h"

#include <gtest/gtest.h>

namespace adtally::http {
namespace {

Response Ask(std::string_view if_none_match, std::string body) {
  Request request;
  if (!if_none_match.empty()) request.headers.emplace_back("If-None-Match", if_none_match);
  return WithETag(request, Json(std::move(body)));
}

TEST(WithETag, AnswersNotModifiedToThoseWhoHaveIt) {
  const Response first = Ask("", "{}");
  const std::string etag(first.Header("ETag"));
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(etag.front(), '"');
  for (const std::string& header : {etag, "W/" + etag, "\"x\", " + etag}) {
    const Response again = Ask(header, "{}");
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(again.Header("ETag"), etag);
  }
  const Response changed = Ask(etag, "{\"a\":1}");
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.body, "{\"a\":1}");
  EXPECT_NE(changed.Header("ETag"), etag);
}

}  // namespace
}  // namespace adtally::http
