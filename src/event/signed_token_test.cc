#include "event/signed_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <thread>
#include <vector>

#include "base/base64url.h"
#include "event/event_id.h"
#include "event/token_claims.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;
using Kind = TokenClaims::Kind;

constexpr int64_t kNowMs = 1'790'000'000'000;
const std::string kSecret1 = "0123456789abcdef";
const std::string kSecret2 = "another secret of 32 bytes......";

std::unique_ptr<TokenSigner> Signer(std::map<uint32_t, std::string> secrets, uint32_t id) {
  return std::move(TokenSigner::Create({std::move(secrets), id})).value();
}

TokenClaims GoodClaims() {
  TokenClaims claims;
  claims.impression_id = "01a0b1c2-0000-7000-8000-00000000000f";
  claims.dimensions = {1, 7, 70, 700, Device::kMobile, *ParseCountry("US"), *ParseRegion("CA")};
  claims.click_cost_micros = 250'000;
  claims.impression_cost_micros = 1'000;
  claims.time = EventTime{kNowMs};
  claims.expires_ms = kNowMs + kMillisPerHour;
  claims.landing_url = "https://shop.example/p?x=1&y=ü";
  return claims;
}

bool Same(const TokenClaims& a, const TokenClaims& b) {
  return a.kind == b.kind && a.impression_id == b.impression_id && a.dimensions == b.dimensions &&
         a.click_cost_micros == b.click_cost_micros &&
         a.impression_cost_micros == b.impression_cost_micros && a.time == b.time &&
         a.expires_ms == b.expires_ms && a.landing_url == b.landing_url;
}

TokenClaims ArbitraryClaims() {
  TokenClaims claims = GoodClaims();
  claims.kind = *rc::gen::element(Kind::kLink, Kind::kClick);
  claims.impression_id = *rc::gen::oneOf(
      rc::gen::map(rc::gen::inRange<int64_t>(0, kNowMs), NewUuidV7),
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange(' ', '~'))));
  if (claims.impression_id.size() > kMaxImpressionIdBytes) {
    claims.impression_id.resize(kMaxImpressionIdBytes);
  }
  claims.dimensions.creative_id = *rc::gen::nonZero<uint32_t>();
  claims.click_cost_micros = *rc::gen::inRange<int64_t>(0, kMaxMicrosPerEvent + 1);
  claims.time = EventTime{*rc::gen::inRange(kMinEventTime.value, kMaxEventTime.value)};
  claims.expires_ms = claims.time.value + *rc::gen::inRange<int64_t>(1, 1'000'000'000'000);
  claims.landing_url = *rc::gen::element<std::string>("", "http://a", "HTTPS://b.example/x");
  return claims;
}

TEST(SignedToken, AnyClaimsRoundTrip) {
  const auto signer = Signer({{1, kSecret1}}, 1);
  EXPECT_TRUE(rc::check([&] {
    const TokenClaims claims = ArbitraryClaims();
    RC_ASSERT(CheckClaims(claims).ok());
    const auto verified = signer->Verify(signer->Sign(claims), claims.kind, claims.expires_ms - 1);
    RC_ASSERT(verified.ok());
    RC_ASSERT(Same(*verified, claims));
  }));
}

TEST(SignedToken, IsShort) {
  TokenClaims claims = GoodClaims();
  claims.dimensions = {17, 4200, 99'000, 1'200'000, Device::kOther, {}, {}};
  claims.landing_url.clear();
  EXPECT_LE(Signer({{1, kSecret1}}, 1)->Sign(claims).size(), 100U);
}

TEST(SignedToken, AnyChangeIsRefused) {
  const auto signer = Signer({{1, kSecret1}, {2, kSecret2}}, 1);
  const std::string token = signer->Sign(GoodClaims());
  ASSERT_TRUE(signer->Verify(token, Kind::kLink, kNowMs).ok());
  for (size_t i = 0; i < token.size(); ++i) {
    for (const char c : {'A', 'B', '_', '9', ' ', '\0', '\xff'}) {
      std::string altered = token;
      if (altered[i] == c) continue;
      altered[i] = c;
      const auto verified = signer->Verify(altered, Kind::kLink, kNowMs);
      ASSERT_FALSE(verified.ok()) << i;
      EXPECT_EQ(verified.error().code, ErrorCode::kNotFound);
    }
    EXPECT_FALSE(signer->Verify(token.substr(0, i), Kind::kLink, kNowMs).ok());
  }
  EXPECT_FALSE(signer->Verify(token + "A", Kind::kLink, kNowMs).ok());
  EXPECT_FALSE(signer->Verify(token + "==", Kind::kLink, kNowMs).ok());
}

TEST(SignedToken, RandomBytesAreRefused) {
  const auto signer = Signer({{0, kSecret1}}, 0);
  EXPECT_TRUE(rc::check([&](const std::string& noise) {
    RC_ASSERT(!signer->Verify(noise, Kind::kLink, kNowMs).ok());
    RC_ASSERT(!signer->Verify(EncodeBase64Url(noise), Kind::kLink, kNowMs).ok());
    // With a known key's id in front, the bytes get as far as the tag.
    const std::string keyed = std::string("\x08\x00", 2) + noise + std::string(16, 'x');
    RC_ASSERT(!signer->Verify(EncodeBase64Url(keyed), Kind::kLink, kNowMs).ok());
    // What the key's holder signed by mistake must not crash either.
    DecodeClaims(noise);
    ReadKeyId(noise);
  }));
  EXPECT_TRUE(rc::check([&] {
    std::string bytes = EncodeClaims(1, ArbitraryClaims());
    bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    bytes.resize(*rc::gen::inRange<size_t>(0, bytes.size() + 1));
    DecodeClaims(bytes);
  }));
  EXPECT_FALSE(signer->Verify(std::string(1 << 20, 'A'), Kind::kLink, kNowMs).ok());
}

TEST(SignedToken, SaysWhyForTheOperator) {
  const auto signer = Signer({{1, kSecret1}}, 1);
  const auto why = [&](std::string_view token, Kind kind, int64_t now_ms) {
    return signer->Verify(token, kind, now_ms).error().message;
  };
  const std::string token = signer->Sign(GoodClaims());
  EXPECT_THAT(why(token, Kind::kClick, kNowMs), HasSubstr("another kind"));
  EXPECT_THAT(why(token, Kind::kLink, kNowMs + kMillisPerHour), HasSubstr("expired"));
  EXPECT_THAT(why("nonsense", Kind::kLink, kNowMs), HasSubstr("malformed"));
  EXPECT_THAT(why(Signer({{9, kSecret1}}, 9)->Sign(GoodClaims()), Kind::kLink, kNowMs),
              HasSubstr("key 9"));
  EXPECT_THAT(why(Signer({{1, kSecret2}}, 1)->Sign(GoodClaims()), Kind::kLink, kNowMs),
              HasSubstr("forged"));
  TokenClaims wrong = GoodClaims();
  wrong.dimensions.campaign_id = 0;
  EXPECT_THAT(why(signer->Sign(wrong), Kind::kLink, kNowMs), HasSubstr("campaign_id"));
}

TEST(SignedToken, KeysRotate) {
  const auto old_signer = Signer({{1, kSecret1}}, 1);
  const auto rotated = Signer({{1, kSecret1}, {4'000'000'000, kSecret2}}, 4'000'000'000);
  const auto new_only = Signer({{4'000'000'000, kSecret2}}, 4'000'000'000);
  const std::string old_token = old_signer->Sign(GoodClaims());
  const std::string new_token = rotated->Sign(GoodClaims());
  EXPECT_TRUE(rotated->Verify(old_token, Kind::kLink, kNowMs).ok());
  EXPECT_TRUE(new_only->Verify(new_token, Kind::kLink, kNowMs).ok());
  EXPECT_FALSE(new_only->Verify(old_token, Kind::kLink, kNowMs).ok());
}

TEST(SignedToken, ManySignersOnOneThreadDoNotMixTheirKeys) {
  std::vector<std::unique_ptr<TokenSigner>> signers;
  for (char c = 'a'; c < 'a' + 20; ++c) signers.push_back(Signer({{1, std::string(16, c)}}, 1));
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < signers.size(); ++i) {
      const std::string token = signers[i]->Sign(GoodClaims());
      EXPECT_TRUE(signers[i]->Verify(token, Kind::kLink, kNowMs).ok());
      EXPECT_FALSE(signers[(i + 1) % 20]->Verify(token, Kind::kLink, kNowMs).ok());
    }
  }
}

TEST(SignedToken, ThreadsShareASigner) {
  const auto signer = Signer({{1, kSecret1}}, 1);
  std::vector<std::thread> threads;
  std::atomic<int> verified{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const std::string token = signer->Sign(GoodClaims());
        if (signer->Verify(token, Kind::kLink, kNowMs).ok()) ++verified;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(verified, 2000);
}

TEST(SignedToken, WrongKeysAreExplained) {
  const auto why = [](TokenKeys keys) {
    return TokenSigner::Create(std::move(keys)).error().message;
  };
  EXPECT_THAT(why({}), HasSubstr("no key"));
  EXPECT_THAT(why({{{3, "short"}}, 3}), HasSubstr("key 3 has 5 bytes"));
  EXPECT_THAT(why({{{3, kSecret1}}, 4}), HasSubstr("4, is not among the keys"));
}

TEST(SignedToken, WrongClaimsAreNamed) {
  const auto why = [](auto change) {
    TokenClaims claims = GoodClaims();
    change(claims);
    return CheckClaims(claims).error().message;
  };
  EXPECT_THAT(why([](auto& c) { c.impression_id = ""; }), HasSubstr("impression_id"));
  EXPECT_THAT(why([](auto& c) { c.impression_id = std::string(49, 'x'); }),
              HasSubstr("impression_id"));
  EXPECT_THAT(why([](auto& c) { c.dimensions.creative_id = 0; }), HasSubstr("creative_id"));
  EXPECT_THAT(why([](auto& c) { c.click_cost_micros = -1; }), HasSubstr("click_cost_micros"));
  EXPECT_THAT(why([](auto& c) { c.impression_cost_micros = kMaxMicrosPerEvent + 1; }),
              HasSubstr("impression_cost_micros"));
  EXPECT_THAT(why([](auto& c) { c.time = EventTime{0}; }), HasSubstr("time"));
  EXPECT_THAT(why([](auto& c) { c.expires_ms = c.time.value; }), HasSubstr("expires_ms"));
  for (const char* url : {"javascript:alert(1)", "ftp://x", "https://", "//evil", "https:///x",
                          "https://a\r\nX: y", "https://a b", "https:\\\\a", "https://user@a/"}) {
    EXPECT_THAT(why([&](auto& c) { c.landing_url = url; }), HasSubstr("landing_url")) << url;
  }
}

}  // namespace
}  // namespace adtally
