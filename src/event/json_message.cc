#include "event/json_message.h"

#include <simdjson.h>

#include "base/hex.h"

namespace adtally {
namespace {

constexpr size_t kMaxShownBytes = 40;

std::string Expected(EventField field) {
  switch (field) {
    case EventField::kEventId:
      return "1 to 64 bytes of text without control characters";
    case EventField::kType:
      return "impression, click or conversion";
    case EventField::kTimestamp:
    case EventField::kClickTime:
      return "milliseconds since 1970 or RFC 3339 text, from 2000 to 2099";
    case EventField::kAdvertiserId:
    case EventField::kCampaignId:
    case EventField::kAdGroupId:
    case EventField::kCreativeId:
      return "a whole number from 1 to 4294967295";
    case EventField::kDevice:
      return "desktop, mobile, tablet, tv or other";
    case EventField::kCountry:
      return "two letters";
    case EventField::kRegion:
      return "1 to 3 upper-case letters or digits";
    case EventField::kCostMicros:
    case EventField::kValueMicros:
      return "0 to " + std::to_string(kMaxMicrosPerEvent);
    case EventField::kOrderId:
      return "at most 64 bytes of text";
    case EventField::kInvalidReason:
      return "none or bot";
    default:
      return "text";
  }
}

}  // namespace

std::string ShownJson(std::string_view token) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\t' || token.back() == '\n' ||
                            token.back() == '\r')) {
    token.remove_suffix(1);
  }
  if (token.empty()) return "nothing";
  if (token[0] == '{') return "an object";
  if (token[0] == '[') return "an array";
  const bool cut = token.size() > kMaxShownBytes;
  if (cut) {
    size_t size = kMaxShownBytes;
    while (size > 0 && (static_cast<unsigned char>(token[size]) & 0xc0) == 0x80) --size;  // UTF-8
    token = token.substr(0, size);
  }
  // A line that is no JSON at all may hold any bytes; the message must be text that a client can
  // read.
  const bool is_text = simdjson::validate_utf8(token.data(), token.size());
  std::string shown;
  for (const char c : token) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && (byte < 0x80 || is_text)) {
      shown.push_back(c);
    } else {
      shown += "\\x";
      AppendHex({&c, 1}, shown);
    }
  }
  if (cut) shown += "...";
  return shown;
}

std::string WrongFieldMessage(EventField field, std::string_view token) {
  std::string expected = Expected(field);
  if (field == EventField::kCountry && token.size() >= 4 && token[0] == '"' && token[3] == '"') {
    expected = "two upper-case letters";
  }
  return std::string(EventFieldName(field)) + ": expected " + expected + ", got " +
         ShownJson(token);
}

}  // namespace adtally
