#include "event/token_claims.h"

#include <algorithm>
#include <array>
#include <protozero/pbf_message.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/hex.h"

namespace adtally {
namespace {

// Links live for months: numbers never change meaning. The first fifteen take one byte less.
enum class Field : protozero::pbf_tag_type {
  kKeyId = 1,
  kKind = 2,
  kImpressionUuid = 3,  // 16 bytes, of an impression_id that is a UUID in lower case
  kAdvertiserId = 4,
  kCampaignId = 5,
  kAdGroupId = 6,
  kCreativeId = 7,
  kClickCostMicros = 8,
  kImpressionCostMicros = 9,
  kTimeMs = 10,
  kLifetimeMs = 11,      // from time to expiry: shorter than the expiry itself
  kImpressionText = 12,  // of any other impression_id
  kLandingUrl = 13,
  kDevice = 14,
  kCountry = 15,
  kRegion = 16,
};
constexpr char kKeyIdTag = 1 << 3;  // field 1, a varint

constexpr size_t kUuidChars = 36;
constexpr bool IsDash(size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// The 16 bytes of a UUID in lower case; empty for any other text.
std::string PackUuid(std::string_view text) {
  if (text.size() != kUuidChars) return {};
  std::string bytes;
  int high = -1;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsDash(i)) {
      if (text[i] != '-') return {};
      continue;
    }
    const int value = HexValue(text[i]);
    if (value < 0) return {};
    if (high < 0) {
      high = value;
    } else {
      bytes.push_back(static_cast<char>(high << 4 | value));
      high = -1;
    }
  }
  return bytes;
}

std::string UnpackUuid(std::string_view bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (IsDash(text.size())) text.push_back('-');
    AppendHex(bytes.substr(i, 1), text);
  }
  return text;
}

template <int N>
void ReadPlace(std::string_view text, PlaceCode<N>& code) {
  code = {};
  if (text.size() > N) throw protozero::invalid_length_exception{};
  std::copy(text.begin(), text.end(), code.chars.begin());
}

// Sums wrap instead of overflowing: the bytes may say anything.
int64_t WrappingAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t WrappingSubtract(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

std::string_view View(protozero::data_view view) {
  return {view.data(), view.size()};
}

TokenClaims Parse(std::string_view bytes) {
  TokenClaims claims;
  claims.kind = TokenClaims::Kind{0};
  Dimensions& d = claims.dimensions;
  int64_t lifetime_ms = 0;
  protozero::pbf_message<Field> message(bytes.data(), bytes.size());
  while (message.next()) {
    using protozero::pbf_wire_type;
    switch (message.tag_and_type()) {
      case tag_and_type(Field::kKind, pbf_wire_type::varint):
        claims.kind = static_cast<TokenClaims::Kind>(std::min(message.get_uint64(), uint64_t{255}));
        break;
      case tag_and_type(Field::kImpressionUuid, pbf_wire_type::length_delimited): {
        const std::string_view uuid = View(message.get_view());
        if (uuid.size() != 16) throw protozero::invalid_length_exception{};
        claims.impression_id = UnpackUuid(uuid);
        break;
      }
      case tag_and_type(Field::kImpressionText, pbf_wire_type::length_delimited):
        claims.impression_id = View(message.get_view());
        break;
      case tag_and_type(Field::kAdvertiserId, pbf_wire_type::varint):
        d.advertiser_id = message.get_uint32();
        break;
      case tag_and_type(Field::kCampaignId, pbf_wire_type::varint):
        d.campaign_id = message.get_uint32();
        break;
      case tag_and_type(Field::kAdGroupId, pbf_wire_type::varint):
        d.ad_group_id = message.get_uint32();
        break;
      case tag_and_type(Field::kCreativeId, pbf_wire_type::varint):
        d.creative_id = message.get_uint32();
        break;
      case tag_and_type(Field::kClickCostMicros, pbf_wire_type::varint):
        claims.click_cost_micros = message.get_int64();
        break;
      case tag_and_type(Field::kImpressionCostMicros, pbf_wire_type::varint):
        claims.impression_cost_micros = message.get_int64();
        break;
      case tag_and_type(Field::kTimeMs, pbf_wire_type::varint):
        claims.time = EventTime{message.get_int64()};
        break;
      case tag_and_type(Field::kLifetimeMs, pbf_wire_type::varint):
        lifetime_ms = message.get_sint64();
        break;
      case tag_and_type(Field::kLandingUrl, pbf_wire_type::length_delimited):
        claims.landing_url = View(message.get_view());
        break;
      case tag_and_type(Field::kDevice, pbf_wire_type::varint):
        d.device = static_cast<Device>(std::min(message.get_uint64(), uint64_t{255}));
        break;
      case tag_and_type(Field::kCountry, pbf_wire_type::length_delimited):
        ReadPlace(View(message.get_view()), d.country);
        break;
      case tag_and_type(Field::kRegion, pbf_wire_type::length_delimited):
        ReadPlace(View(message.get_view()), d.region);
        break;
      default:
        message.skip();
    }
  }
  claims.expires_ms = WrappingAdd(claims.time.value, lifetime_ms);
  return claims;
}

}  // namespace

std::string EncodeClaims(uint32_t key_id, const TokenClaims& claims) {
  std::string bytes;
  bytes.reserve(96 + claims.landing_url.size());
  protozero::pbf_writer out(bytes);
  const auto varint = [&](Field field, uint64_t value) {
    if (value != 0) out.add_uint64(static_cast<protozero::pbf_tag_type>(field), value);
  };
  const auto text = [&](Field field, std::string_view value) {
    if (value.empty()) return;
    out.add_bytes(static_cast<protozero::pbf_tag_type>(field), value.data(), value.size());
  };
  const Dimensions& d = claims.dimensions;
  out.add_uint32(static_cast<protozero::pbf_tag_type>(Field::kKeyId), key_id);  // zero too
  varint(Field::kKind, static_cast<uint64_t>(claims.kind));
  const std::string uuid = PackUuid(claims.impression_id);
  text(Field::kImpressionUuid, uuid);
  if (uuid.empty()) text(Field::kImpressionText, claims.impression_id);
  varint(Field::kAdvertiserId, d.advertiser_id);
  varint(Field::kCampaignId, d.campaign_id);
  varint(Field::kAdGroupId, d.ad_group_id);
  varint(Field::kCreativeId, d.creative_id);
  varint(Field::kClickCostMicros, static_cast<uint64_t>(claims.click_cost_micros));
  varint(Field::kImpressionCostMicros, static_cast<uint64_t>(claims.impression_cost_micros));
  varint(Field::kTimeMs, static_cast<uint64_t>(claims.time.value));
  out.add_sint64(static_cast<protozero::pbf_tag_type>(Field::kLifetimeMs),
                 WrappingSubtract(claims.expires_ms, claims.time.value));
  text(Field::kLandingUrl, claims.landing_url);
  varint(Field::kDevice, static_cast<uint64_t>(d.device));
  text(Field::kCountry, d.country.view());
  text(Field::kRegion, d.region.view());
  return bytes;
}

std::optional<uint32_t> ReadKeyId(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kKeyIdTag) return std::nullopt;
  uint64_t id = 0;
  for (size_t i = 1; i < bytes.size() && i <= 5; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    id |= uint64_t{byte & 0x7fU} << (7 * (i - 1));
    if (byte < 0x80) {
      if (id > UINT32_MAX) return std::nullopt;
      return static_cast<uint32_t>(id);
    }
  }
  return std::nullopt;
}

std::optional<TokenClaims> DecodeClaims(std::string_view bytes) {
  try {
    return Parse(bytes);
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
}

}  // namespace adtally
