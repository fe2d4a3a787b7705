#include "edge/link_json.h"

#include <simdjson.h>

#include <limits>
#include <utility>

#include "base/json_writer.h"

namespace adtally {
namespace {

using simdjson::dom::element;

Error Unexpected(std::string_view field, std::string_view expectation, const element& found) {
  constexpr size_t kShown = 60;
  std::string text = simdjson::minify(found);
  if (text.size() > kShown) text = text.substr(0, kShown) + "...";
  return {ErrorCode::kInvalidArgument,
          std::string(field) + ": expected " + std::string(expectation) + ", got " + text};
}

Result<void> ReadId(std::string_view field, const element& value, uint32_t& out) {
  uint64_t id = 0;
  if (value.get(id) != simdjson::SUCCESS || id == 0 || id > std::numeric_limits<uint32_t>::max()) {
    return Unexpected(field, "an integer from 1 to 4294967295", value);
  }
  out = static_cast<uint32_t>(id);
  return {};
}

Result<void> ReadInteger(std::string_view field, const element& value, int64_t& out) {
  if (value.get(out) != simdjson::SUCCESS) return Unexpected(field, "an integer", value);
  return {};
}

Result<void> ReadString(std::string_view field, const element& value, std::string& out) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return Unexpected(field, "a string", value);
  out = text;
  return {};
}

template <class T>
Result<void> ReadCode(std::string_view field, std::string_view expectation, const element& value,
                      std::optional<T> (*parse)(std::string_view), T& out) {
  std::string text;
  ADTALLY_TRY(ReadString(field, value, text));
  const std::optional<T> parsed = parse(text);
  if (!parsed) return Unexpected(field, expectation, value);
  out = *parsed;
  return {};
}

Result<void> ReadField(std::string_view field, const element& value, LinkRequest& link) {
  Dimensions& d = link.dimensions;
  if (field == "advertiser_id") return ReadId(field, value, d.advertiser_id);
  if (field == "campaign_id") return ReadId(field, value, d.campaign_id);
  if (field == "ad_group_id") return ReadId(field, value, d.ad_group_id);
  if (field == "creative_id") return ReadId(field, value, d.creative_id);
  if (field == "landing_url") return ReadString(field, value, link.landing_url);
  if (field == "click_cost_micros") return ReadInteger(field, value, link.click_cost_micros);
  if (field == "impression_cost_micros")
    return ReadInteger(field, value, link.impression_cost_micros);
  if (field == "expires_in_s") return ReadInteger(field, value, link.expires_in_s);
  if (field == "device") {
    return ReadCode(field, "desktop, mobile, tablet, tv or other", value, &ParseDevice, d.device);
  }
  if (field == "country") return ReadCode(field, "two letters", value, &ParseCountry, d.country);
  if (field == "region")
    return ReadCode(field, "1 to 3 letters or digits", value, &ParseRegion, d.region);
  if (field == "impression_id") {
    ADTALLY_TRY(ReadString(field, value, link.impression_id));
    if (link.impression_id.empty()) return Unexpected(field, "1 to 48 characters", value);
  }
  return {};
}

}  // namespace

Result<LinkRequest> ParseLinkRequest(std::string_view body) {
  thread_local simdjson::dom::parser parser;
  element document;
  if (const auto error = parser.parse(body.data(), body.size()).get(document)) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string("the body is not JSON: ") + simdjson::error_message(error)};
  }
  simdjson::dom::object object;
  if (document.get(object) != simdjson::SUCCESS) {
    return Error{ErrorCode::kInvalidArgument, "the body: expected one JSON object"};
  }
  LinkRequest link;
  for (const auto& [key, value] : object) {
    if (!value.is_null()) ADTALLY_TRY(ReadField(key, value, link));
  }
  return link;
}

std::string LinksToJson(const Links& links) {
  JsonWriter json;
  json.BeginObject();
  json.Key("impression_url");
  json.String(links.impression_url);
  json.Key("click_url");
  json.String(links.click_url);
  json.Key("impression_id");
  json.String(links.impression_id);
  json.EndObject();
  return json.Take();
}

}  // namespace adtally
