#include "http/security_headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace adtally::http {
namespace {

using testing::HasSubstr;
using testing::Not;

Response AnswerOf(const Handler& handler) {
  Response answer;
  WithSecurityHeaders(handler)(Request{}, [&](Response response) { answer = std::move(response); });
  return answer;
}

TEST(SecurityHeaders, AreOnEveryAnswer) {
  for (const int status : {200, 304, 404, 429}) {
    const Response answer = AnswerOf([&](const Request&, Responder respond) {
      Response response;
      response.status = status;
      respond(std::move(response));
    });
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.Header("Content-Security-Policy"),
              "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(answer.Header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.Header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(answer.Header("Cross-Origin-Resource-Policy"), "same-origin");
    EXPECT_EQ(answer.Header("Cache-Control"), "no-store");
  }
}

TEST(SecurityHeaders, KeepWhatAnAnswerHas) {
  const Response answer = AnswerOf([](const Request&, Responder respond) {
    Response response;
    response.headers.emplace_back("content-security-policy", kPagePolicy);
    respond(std::move(response));
  });
  EXPECT_EQ(answer.Header("Content-Security-Policy"), kPagePolicy);
  size_t policies = 0;
  for (const auto& [name, value] : answer.headers) policies += value == kPagePolicy ? 1 : 0;
  EXPECT_EQ(policies, 1u);
}

TEST(SecurityHeaders, APageRunsNoInlineScript) {
  EXPECT_THAT(std::string(kPagePolicy), Not(HasSubstr("unsafe")));
  EXPECT_THAT(std::string(kPagePolicy), HasSubstr("script-src 'self'"));
  EXPECT_THAT(std::string(kPagePolicy), HasSubstr("frame-ancestors 'none'"));
}

}  // namespace
}  // namespace adtally::http
