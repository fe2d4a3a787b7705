// Who may call, with keys of the real store: sessions, forged calls, limits.
#include "reporting/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "reporting/session_calls.h"
#include "store/chdb_test_support.h"
#include "testing/manual_clock.h"

namespace adtally {
namespace {

using http::Role;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr int64_t kNowMs = 1'793'536'200'000;
const std::vector<Role> kReaders = {Role::kAdmin, Role::kAdvertiser};
const Headers kOwnPage = {{"Adtally-Csrf", "1"}, {"Sec-Fetch-Site", "same-origin"}};

class AccessTest : public testing::Test {
 protected:
  void SetUp() override {
    ChdbTestStore::Clear("api_keys");
    SetAdminKey("the-admin-key");
    Configure({});
  }

  void SetAdminKey(std::string_view key) {
    auto keys = ApiKeys::Create(ChdbTestStore::Get(), clock_, key);
    ASSERT_TRUE(keys.ok()) << keys.error().message;
    keys_ = std::move(keys).value();
  }
  void Configure(AccessOptions options) {
    options_ = std::move(options);
    options_.clock = &clock_;
    if (options_.session_secret.empty()) options_.session_secret = "the secret of all processes";
    sessions_ = std::make_unique<Sessions>(
        SessionOptions{options_.session_secret, options_.public_url, options_.trusted_proxies},
        *keys_, clock_);
    access_ = std::make_unique<Access>(options_, *keys_, *sessions_);
    calls_ = std::make_unique<SessionCalls>(options_, *access_, *sessions_, *keys_);
  }

  struct NewKey {
    std::string id, key;
  };
  NewKey MakeKey(std::string_view body) {
    const auto created = keys_->Create(body);
    EXPECT_TRUE(created.ok());
    simdjson::dom::parser parser;
    const simdjson::dom::element json = parser.parse(*created);
    return {std::string(json["id"].get_string().value()),
            std::string(json["key"].get_string().value())};
  }

  http::Request Ask(std::string_view method, const Headers& headers, std::string_view body = "") {
    headers_ = headers;
    body_ = body;
    http::Request request;
    request.method = method;
    request.remote_address = peer_;
    request.body = body_;
    for (const auto& [name, value] : headers_) request.headers.emplace_back(name, value);
    return request;
  }

  http::Response SignIn(std::string_view key, Headers headers = kOwnPage) {
    return calls_->Post(Ask("POST", headers, "{\"key\":\"" + std::string(key) + "\"}"));
  }
  // "name=token" of an answer that signs in.
  static std::string CookieOf(const http::Response& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    const std::string_view cookie = answer.Header("Set-Cookie");
    return std::string(cookie.substr(0, cookie.find(';')));
  }
  Admission Admit(std::string_view method, const Headers& headers) {
    return access_->Admit(Ask(method, headers), kReaders);
  }
  int StatusOf(std::string_view method, const Headers& headers) {
    const Admission admission = Admit(method, headers);
    return admission.caller ? 200 : admission.refusal.status;
  }

  ManualClock clock_{kNowMs};
  std::unique_ptr<ApiKeys> keys_;
  AccessOptions options_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<SessionCalls> calls_;
  std::string peer_ = "192.0.2.1";
  Headers headers_;  // of the last request
  std::string body_;
};

TEST_F(AccessTest, AKeySignsInForTwelveHours) {
  const NewKey key = MakeKey(R"({"role":"advertiser","advertiser_id":7,"label":"shop \"x\""})");
  const http::Response answer = SignIn(key.key);
  EXPECT_EQ(answer.body, R"({"key_id":")" + key.id +
                             R"(","role":"advertiser","advertiser_id":7,"label":"shop \"x\"",)"
                             R"("expires_at":"2026-11-02T00:30:00Z"})");
  EXPECT_THAT(std::string(answer.Header("Set-Cookie")),
              AllOf(StartsWith("adtally-session=1."),
                    EndsWith("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"),
                    Not(HasSubstr(key.key))));
  const Headers cookie = {{"Cookie", "theme=dark; " + CookieOf(answer)}};

  const Admission admission = Admit("GET", cookie);
  ASSERT_TRUE(admission.caller) << admission.refusal.body;
  EXPECT_EQ(admission.caller->advertiser_id, 7u);
  EXPECT_EQ(calls_->Get(Ask("GET", cookie)).body, answer.body);

  clock_.Advance(12 * 3'600'000 - 1000);
  EXPECT_EQ(StatusOf("GET", cookie), 200);
  clock_.Advance(1000);
  EXPECT_EQ(StatusOf("GET", cookie), 401);
}

TEST_F(AccessTest, EveryProcessWithTheSecretKnowsTheSession) {
  const Headers cookie = {{"Cookie", CookieOf(SignIn("the-admin-key"))}};
  Configure({});
  EXPECT_EQ(StatusOf("GET", cookie), 200);
  Configure({.session_secret = "the secret of somebody else"});
  EXPECT_EQ(StatusOf("GET", cookie), 401);
}

TEST_F(AccessTest, ASessionEndsWithItsKey) {
  const NewKey key = MakeKey(R"({"role":"advertiser","advertiser_id":7})");
  const Headers cookie = {{"Cookie", CookieOf(SignIn(key.key))}};
  EXPECT_EQ(StatusOf("GET", cookie), 200);
  ASSERT_TRUE(keys_->Revoke(key.id).ok());
  EXPECT_EQ(StatusOf("GET", cookie), 401);

  const Headers admin = {{"Cookie", CookieOf(SignIn("the-admin-key"))}};
  SetAdminKey("another-admin-key");
  Configure({});
  EXPECT_EQ(StatusOf("GET", admin), 401);
}

TEST_F(AccessTest, AWrongKeyNeverFallsBackToTheCookie) {
  const std::string cookie = CookieOf(SignIn("the-admin-key"));
  for (const char* authorization : {"Bearer adt_wrong", "Bearer ", "Basic eDp5", "x"}) {
    EXPECT_EQ(StatusOf("GET", {{"Cookie", cookie}, {"Authorization", authorization}}), 401);
  }
  EXPECT_EQ(StatusOf("GET", {{"Cookie", cookie + "x"}}), 401);
  EXPECT_EQ(StatusOf("GET", {{"Cookie", cookie + "; " + cookie}}), 401);
  EXPECT_EQ(StatusOf("GET", {}), 401);
}

TEST_F(AccessTest, WrongAndUselessKeysDoNotSignIn) {
  const NewKey ingest = MakeKey(R"({"role":"ingest"})");
  EXPECT_EQ(SignIn("adt_wrong").status, 401);
  EXPECT_EQ(SignIn(ingest.key).status, 403);
  for (const char* body : {"", "{}", "[]", R"({"key":1})", R"({"key":"a","more":1})"}) {
    EXPECT_EQ(calls_->Post(Ask("POST", kOwnPage, body)).status, 400) << body;
  }
  EXPECT_EQ(SignIn(std::string(5000, 'x')).status, 400);
  EXPECT_EQ(SignIn("adt_wrong").Header("Set-Cookie"), "");
}

TEST_F(AccessTest, SigningOutTakesTheCookieAway) {
  const http::Response answer = calls_->Delete(Ask("DELETE", kOwnPage));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.Header("Set-Cookie"),
            "adtally-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
}

TEST_F(AccessTest, CookiesAreSecureWhereThereIsTls) {
  const auto name_of = [](const http::Response& answer) {
    const std::string_view cookie = answer.Header("Set-Cookie");
    EXPECT_EQ(cookie.starts_with("__Host-"), cookie.ends_with("; Secure"));
    return std::string(cookie.substr(0, cookie.find('=')));
  };
  Headers over_tls = kOwnPage;
  over_tls.emplace_back("X-Forwarded-Proto", "https");
  EXPECT_EQ(name_of(SignIn("the-admin-key", over_tls)), "adtally-session");

  Configure({.trusted_proxies = {*IpNetwork::Parse("192.0.2.0/24")}});
  const http::Response secure = SignIn("the-admin-key", over_tls);
  EXPECT_EQ(name_of(secure), "__Host-adtally-session");
  EXPECT_EQ(name_of(calls_->Delete(Ask("DELETE", over_tls))), "__Host-adtally-session");
  const std::string cookie = CookieOf(secure);
  EXPECT_EQ(StatusOf("GET", {{"Cookie", cookie}, {"X-Forwarded-Proto", "https"}}), 200);
  // One that a plain connection may have planted is not looked at, and the other way round.
  const std::string plain = cookie.substr(std::string_view("__Host-").size());
  EXPECT_EQ(StatusOf("GET", {{"Cookie", plain}, {"X-Forwarded-Proto", "https"}}), 401);
  EXPECT_EQ(StatusOf("GET", {{"Cookie", cookie}}), 401);

  Configure({.public_url = "https://ads.example/stats"});
  EXPECT_EQ(name_of(SignIn("the-admin-key")), "__Host-adtally-session");
}

TEST_F(AccessTest, ACookieAloneChangesNothing) {
  const std::string cookie = CookieOf(SignIn("the-admin-key"));
  const auto with = [&](Headers headers) {
    headers.emplace_back("Cookie", cookie);
    return headers;
  };
  for (const char* method : {"POST", "DELETE", "PUT", "PATCH"}) {
    EXPECT_EQ(StatusOf(method, with({})), 403) << method;
    EXPECT_EQ(StatusOf(method, with({{"Sec-Fetch-Site", "same-origin"}})), 403);
    EXPECT_EQ(StatusOf(method, with({{"Adtally-Csrf", "1"}, {"Sec-Fetch-Site", "same-site"}})),
              403);
    EXPECT_EQ(StatusOf(method, with(kOwnPage)), 200);
    EXPECT_EQ(StatusOf(method, {{"Authorization", "Bearer the-admin-key"}}), 200);
  }
  EXPECT_EQ(StatusOf("GET", with({})), 200);
  EXPECT_EQ(StatusOf("HEAD", with({})), 200);

  EXPECT_EQ(SignIn("the-admin-key", {}).status, 403);
  EXPECT_EQ(
      SignIn("the-admin-key", {{"Adtally-Csrf", "1"}, {"Sec-Fetch-Site", "cross-site"}}).status,
      403);
  EXPECT_EQ(calls_->Delete(Ask("DELETE", {})).status, 403);
}

TEST_F(AccessTest, AKeyHasItsShareOfCalls) {
  Configure({.calls_per_key = {2, 4}});
  const NewKey key = MakeKey(R"({"role":"advertiser","advertiser_id":7})");
  const Headers bearer = {{"Authorization", "Bearer " + key.key}};
  const Headers cookie = {{"Cookie", CookieOf(SignIn(key.key))}};
  const Headers expected = {{"RateLimit-Policy", "\"key\";q=4;w=2"},
                            {"RateLimit", "\"key\";r=3;t=1"}};
  EXPECT_EQ(Admit("GET", bearer).headers, expected);
  EXPECT_EQ(StatusOf("GET", cookie), 200);  // the same key's
  EXPECT_EQ(StatusOf("GET", bearer), 200);
  EXPECT_EQ(StatusOf("GET", bearer), 200);
  const http::Response refused = Admit("GET", bearer).refusal;
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.Header("Retry-After"), "1");
  EXPECT_EQ(refused.Header("RateLimit"), "\"key\";r=0;t=2");
  EXPECT_THAT(refused.body, HasSubstr("api.rate_limit_per_s"));
  EXPECT_EQ(StatusOf("GET", {{"Authorization", "Bearer the-admin-key"}}), 200);
  clock_.Advance(500);
  EXPECT_EQ(StatusOf("GET", bearer), 200);
  EXPECT_EQ(StatusOf("GET", bearer), 429);
}

TEST_F(AccessTest, WithoutALimitThereAreNoHeadersOfOne) {
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(StatusOf("GET", {{"Authorization", "Bearer the-admin-key"}}), 200);
  }
  EXPECT_TRUE(Admit("GET", {{"Authorization", "Bearer the-admin-key"}}).headers.empty());
}

TEST_F(AccessTest, FailedSignInsAreCountedByAddress) {
  Configure({.trusted_proxies = {*IpNetwork::Parse("10.0.0.1")}});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(SignIn("adt_wrong").status, 401);
  const http::Response refused = SignIn("the-admin-key");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.Header("Retry-After"), "5");
  EXPECT_EQ(refused.Header("RateLimit-Policy"), "\"sign-in\";q=10;w=50");
  clock_.Advance(5000);
  // Those that succeed do not count.
  for (int i = 0; i < 30; ++i) EXPECT_EQ(SignIn("the-admin-key").status, 200);

  EXPECT_EQ(SignIn("adt_wrong").status, 401);
  EXPECT_EQ(SignIn("adt_wrong").status, 429);
  peer_ = "192.0.2.2";
  EXPECT_EQ(SignIn("adt_wrong").status, 401);
  // Behind the proxy it is the client's address that counts.
  peer_ = "10.0.0.1";
  Headers forwarded = kOwnPage;
  forwarded.emplace_back("X-Forwarded-For", "192.0.2.1");
  EXPECT_EQ(SignIn("adt_wrong", forwarded).status, 429);
}

}  // namespace
}  // namespace adtally
