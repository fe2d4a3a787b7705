#include "fuzz/expected_event.h"

#include <xxhash.h>

#include <algorithm>
#include <cstdio>
#include <limits>

#include "base/check.h"

namespace adtally::fuzz {
namespace {

bool IsLetter(char c) {
  return 'A' <= c && c <= 'Z';
}
bool IsDigit(char c) {
  return '0' <= c && c <= '9';
}
bool IsControl(char c) {
  return (0 <= c && c < ' ') || c == '\x7f';
}

std::string Describe(const ExpectedEvent& e) {
  std::string text;
  for (const std::string* part : {&e.event_id, &e.country, &e.region, &e.click_id, &e.order_id}) {
    text += "\"" + *part + "\" ";
  }
  for (const uint64_t number :
       {e.type, e.time_ms, e.advertiser_id, e.campaign_id, e.ad_group_id, e.creative_id, e.device,
        e.cost_micros, e.value_micros, e.user_hash, e.click_time_ms, e.invalid_reason}) {
    text += std::to_string(number) + " ";
  }
  return text;
}

}  // namespace

bool IsGoodEventId(std::string_view text) {
  return text.size() >= 1 && text.size() <= 64 && std::none_of(text.begin(), text.end(), IsControl);
}

bool IsGoodType(uint64_t number) {
  return number == 1 || number == 2 || number == 3;
}

bool IsGoodTime(uint64_t ms) {
  constexpr uint64_t kFirstOf2000 = 946'684'800'000;
  constexpr uint64_t kFirstOf2100 = 4'102'444'800'000;
  return kFirstOf2000 <= ms && ms < kFirstOf2100;
}

bool IsGoodId(uint64_t id) {
  return id != 0 && id <= std::numeric_limits<uint32_t>::max();
}

bool IsGoodDevice(uint64_t number) {
  return number < 5;
}

bool IsGoodCountry(std::string_view text) {
  return text.empty() || (text.size() == 2 && IsLetter(text[0]) && IsLetter(text[1]));
}

bool IsGoodRegion(std::string_view text) {
  return text.size() <= 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsLetter(c) || IsDigit(c); });
}

bool IsGoodMicros(uint64_t micros) {
  return micros <= 1'000'000'000'000;
}

bool IsGoodOrderId(std::string_view text) {
  return text.size() <= 64;
}

bool IsGoodInvalidReason(uint64_t number) {
  return number < 2;
}

uint64_t UserHash(std::string_view user_id) {
  return user_id.empty() ? 0 : XXH3_128bits(user_id.data(), user_id.size()).low64;
}

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto at = [&](size_t k) -> uint32_t {
      return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0;
    };
    const auto tail = [&](size_t k) { return (at(k) & 0xc0) == 0x80; };
    const uint32_t lead = at(0);
    if (lead < 0x80) {
      i += 1;
    } else if (lead >= 0xc2 && lead <= 0xdf && tail(1)) {
      i += 2;
    } else if (lead >= 0xe0 && lead <= 0xef && tail(1) && tail(2)) {
      const uint32_t code = (lead & 0xf) << 12 | (at(1) & 0x3f) << 6;
      if (code < 0x800 || (code >= 0xd800 && code < 0xe000)) return false;
      i += 3;
    } else if (lead >= 0xf0 && lead <= 0xf4 && tail(1) && tail(2) && tail(3)) {
      const uint32_t code = (lead & 0x7) << 18 | (at(1) & 0x3f) << 12;
      if (code < 0x10000 || code > 0x10ffff) return false;
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

EventField FieldSet::First() const {
  for (int field = 1; field < 32; ++field) {
    if (Has(static_cast<EventField>(field))) return static_cast<EventField>(field);
  }
  return EventField::kNone;
}

FieldSet WrongFields(const ExpectedEvent& event) {
  FieldSet wrong;
  wrong.AddUnless(IsGoodEventId(event.event_id), EventField::kEventId);
  wrong.AddUnless(IsGoodType(event.type), EventField::kType);
  wrong.AddUnless(IsGoodTime(event.time_ms), EventField::kTimestamp);
  wrong.AddUnless(IsGoodId(event.advertiser_id), EventField::kAdvertiserId);
  wrong.AddUnless(IsGoodId(event.campaign_id), EventField::kCampaignId);
  wrong.AddUnless(IsGoodId(event.ad_group_id), EventField::kAdGroupId);
  wrong.AddUnless(IsGoodId(event.creative_id), EventField::kCreativeId);
  wrong.AddUnless(IsGoodDevice(event.device), EventField::kDevice);
  wrong.AddUnless(IsGoodCountry(event.country), EventField::kCountry);
  wrong.AddUnless(IsGoodRegion(event.region), EventField::kRegion);
  wrong.AddUnless(IsGoodMicros(event.cost_micros), EventField::kCostMicros);
  wrong.AddUnless(IsGoodMicros(event.value_micros), EventField::kValueMicros);
  wrong.AddUnless(IsGoodOrderId(event.order_id), EventField::kOrderId);
  wrong.AddUnless(event.click_time_ms == 0 || IsGoodTime(event.click_time_ms),
                  EventField::kClickTime);
  wrong.AddUnless(IsGoodInvalidReason(event.invalid_reason), EventField::kInvalidReason);
  return wrong;
}

ExpectedEvent CopyOf(const Event& event) {
  const Dimensions& d = event.dimensions;
  ExpectedEvent copy;
  copy.event_id = event.event_id;
  copy.type = static_cast<uint64_t>(event.type);
  copy.time_ms = static_cast<uint64_t>(event.time.value);
  copy.advertiser_id = d.advertiser_id;
  copy.campaign_id = d.campaign_id;
  copy.ad_group_id = d.ad_group_id;
  copy.creative_id = d.creative_id;
  copy.device = static_cast<uint64_t>(d.device);
  copy.country = d.country.view();
  copy.region = d.region.view();
  copy.cost_micros = static_cast<uint64_t>(event.cost_micros);
  copy.value_micros = static_cast<uint64_t>(event.value_micros);
  copy.click_id = event.click_id;
  copy.order_id = event.order_id;
  copy.user_hash = event.user_hash;
  copy.click_time_ms = static_cast<uint64_t>(event.click_time.value);
  copy.invalid_reason = static_cast<uint64_t>(event.invalid_reason);
  return copy;
}

void RequireSame(const ExpectedEvent& ours, const ExpectedEvent& theirs, std::string_view what) {
  if (ours == theirs) return;
  std::fprintf(stderr, "ours:   %s\ntheirs: %s\n", Describe(ours).c_str(),
               Describe(theirs).c_str());
  ADTALLY_CHECK(false, what);
}

}  // namespace adtally::fuzz
