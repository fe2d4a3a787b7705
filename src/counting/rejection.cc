#include "counting/rejection.h"

#include <string>
#include <utility>

#include "event/json_codec.h"
#include "event/protobuf_codec.h"
#include "event/record_format.h"

namespace adtally {
namespace {

constexpr std::string_view kUnresolved =
    "advertiser_id, campaign_id, ad_group_id and creative_id are missing: a click_id stands for "
    "them only where adtally's own HTTP endpoints take the conversion in";

void ShowJson(std::string_view record, JsonEventDecoder& json, RejectedEvent shown,
              RejectedEvents& to) {
  if (const auto opened = json.Open(record); !opened.ok()) {
    if (!to.HasRoom()) return;
    shown.number = 1;
    shown.reason = opened.error().message;
    shown.bytes = record;
    return to.Add(shown);
  }
  Event event;
  EventField bad_field = EventField::kNone;
  while (json.Next(event, bad_field)) {
    if (!IsRejected(event, bad_field) || !to.HasRoom()) continue;
    shown.number = static_cast<uint64_t>(json.line());
    shown.reason = bad_field == EventField::kNone ? std::string(kUnresolved) : json.error().message;
    shown.bytes = json.text().empty() ? record : json.text();
    to.Add(shown);
  }
}

std::string ProblemOf(const Event& event, EventField bad_field, bool broken) {
  if (bad_field == EventField::kAdvertiserId && IdsComeFromClick(event)) {
    return std::string(kUnresolved);
  }
  if (broken) return "not an EventBatch in Protobuf from here on: reading the record stopped";
  if (bad_field == EventField::kRecord) return "the bytes of the event are not Protobuf";
  return std::string(EventFieldName(bad_field)) + " is missing or out of its range";
}

void ShowProtobuf(std::string_view record, RejectedEvent shown, RejectedEvents& to) {
  EventBatchReader reader(EventBatchOf(record));
  Event event;
  EventField bad_field = EventField::kNone;
  for (std::string_view before = reader.rest(); reader.Next(event, bad_field);
       before = reader.rest()) {
    ++shown.number;
    if (!IsRejected(event, bad_field) || !to.HasRoom()) continue;
    shown.reason = ProblemOf(event, bad_field, reader.broken());
    shown.bytes = before.substr(0, before.size() - reader.rest().size());
    to.Add(shown);
  }
}

}  // namespace

void ShowRejectedEvents(std::string_view record, JsonEventDecoder* json, RejectedEvent where,
                        RejectedEvents& to) {
  if (json != nullptr) return ShowJson(record, *json, std::move(where), to);
  ShowProtobuf(record, std::move(where), to);
}

}  // namespace adtally
