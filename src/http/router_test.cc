#include "http/router.h"

#include <gtest/gtest.h>

namespace adtally::http {
namespace {

RouteHandler Named(std::string name) {
  return [name](const Request&, const PathParams& params, Responder responder) {
    Response response;
    response.body = name + ":" + std::string(params.Get("id")) + std::string(params.Get("path"));
    responder(std::move(response));
  };
}

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    router_.Add("GET", "/{path*}", Named("files"));
    router_.Add("GET", "/v1/keys/{id}", Named("key"));
    router_.Add("DELETE", "/v1/keys/{id}", Named("delete"));
    router_.Add("GET", "/v1/keys/mine", Named("mine"));
    router_.Add("GET", "/i/{id}.gif", Named("gif"));
    router_.Add("POST", "/v1/conversions", Named("post"));
    router_.Add("GET", "/v1/conversions", Named("get"));
    router_.Add("POST", "/v1/links", Named("links"));
    router_.Reserve("/v1/");
  }

  Response Call(std::string_view method, std::string_view path) {
    Request request;
    request.method = method;
    request.path = path;
    Response answer;
    int answers = 0;
    router_.AsHandler()(request, [&](Response response) {
      answer = std::move(response);
      ++answers;
    });
    EXPECT_EQ(answers, 1);
    return answer;
  }

  Router router_;
};

TEST_F(RouterTest, PassesDecodedParameters) {
  EXPECT_EQ(Call("GET", "/v1/keys/a%2Fb+c").body, "key:a/b+c");
  EXPECT_EQ(Call("DELETE", "/v1/keys/7").body, "delete:7");
  EXPECT_EQ(Call("GET", "/i/tok.en.gif").body, "gif:tok.en");
}

TEST_F(RouterTest, PrefersLiteralsThenParametersThenTheRest) {
  EXPECT_EQ(Call("GET", "/v1/keys/mine").body, "mine:");
  EXPECT_EQ(Call("GET", "/").body, "files:");
  EXPECT_EQ(Call("GET", "/assets/a.js").body, "files:assets/a.js");
  EXPECT_EQ(Call("GET", "/i/.gif").body, "files:i/.gif");
}

TEST_F(RouterTest, ReservedPrefixesAreNotTheRest) {
  const Response response = Call("GET", "/v1/nothing");
  EXPECT_EQ(response.status, 404);
  EXPECT_NE(response.body.find("\"title\":\"Not Found\""), std::string::npos);
  EXPECT_EQ(Call("GET", "/v1/keys/").status, 404);
  EXPECT_EQ(Call("GET", "/v1/keys/1/2").status, 404);
}

TEST_F(RouterTest, OtherMethodsAre405WithAllow) {
  const Response response = Call("PUT", "/v1/conversions");
  EXPECT_EQ(response.status, 405);
  ASSERT_EQ(response.headers.back().first, "Allow");
  EXPECT_EQ(response.headers.back().second, "POST, GET, HEAD");
  EXPECT_EQ(Call("GET", "/v1/links").status, 405);
  EXPECT_EQ(Call("POST", "/index.html").status, 405);
}

TEST_F(RouterTest, HeadGoesToGet) {
  EXPECT_EQ(Call("HEAD", "/v1/keys/5").body, "key:5");
  EXPECT_EQ(Call("HEAD", "/v1/links").status, 405);
}

TEST_F(RouterTest, ServerWidePathIsNotFound) {
  EXPECT_EQ(Call("OPTIONS", "*").status, 404);
}

TEST(RouterDeathTest, RefusesTheSameRouteTwice) {
  Router router;
  router.Add("GET", "/a", Named("a"));
  EXPECT_DEATH(router.Add("GET", "/a", Named("b")), "twice");
}

}  // namespace
}  // namespace adtally::http
