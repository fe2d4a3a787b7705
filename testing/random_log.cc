#include "testing/random_log.h"

#include <fmt/format.h>

#include "event/protobuf_codec.h"

namespace adtally {

RandomLog::RandomLog(uint64_t seed, Options options)
    : options_(options), random_(seed), now_ms_(options.start_ms) {}

bool RandomLog::Chance(double p) {
  return std::uniform_real_distribution<>(0, 1)(random_) < p;
}

int64_t RandomLog::Uniform(int64_t from, int64_t to) {
  return std::uniform_int_distribution<int64_t>(from, to)(random_);
}

RandomLog::Item RandomLog::NewItem() {
  Item item;
  item.event_id = fmt::format("event-{}", next_id_++);
  Event& event = item.event;
  event.type = static_cast<EventType>(Uniform(1, 3));
  event.invalid_reason = Chance(0.05) ? InvalidReason::kBot : InvalidReason::kNone;
  // Mostly now, sometimes hours ago, rarely beyond what can be judged on either side.
  event.time = EventTime(now_ms_ - (Chance(0.9)   ? Uniform(0, 120'000)
                                    : Chance(0.8) ? Uniform(0, 23 * kMillisPerHour)
                                                  : Uniform(-2, 40) * kMillisPerHour));
  event.dimensions = {static_cast<uint32_t>(Uniform(1, 2)), static_cast<uint32_t>(Uniform(1, 3)),
                      static_cast<uint32_t>(Uniform(1, 2)), static_cast<uint32_t>(Uniform(1, 2)),
                      static_cast<Device>(Uniform(0, 4)),   *ParseCountry(Chance(0.5) ? "DE" : ""),
                      *ParseRegion(Chance(0.2) ? "BE" : "")};
  event.cost_micros = Uniform(0, 2'000'000);
  if (event.type == EventType::kConversion) event.value_micros = Uniform(0, 90'000'000);
  return item;
}

RandomLog::GeneratedRecord RandomLog::Next() {
  now_ms_ += Chance(options_.long_pause) ? Uniform(0, 30 * kMillisPerHour) : Uniform(0, 2'000);
  GeneratedRecord record;
  record.append_time = AppendTime(now_ms_);
  if (Chance(options_.broken_record)) {
    record.payload = "\x0a\xff\xff";
    record.items.emplace_back().broken = true;
    return record;
  }
  const int64_t events = Uniform(1, options_.max_events_per_record);
  for (int64_t i = 0; i < events; ++i) {
    if (!sent_.empty() && Chance(options_.duplicate)) {
      record.items.push_back(
          sent_[static_cast<size_t>(Uniform(0, static_cast<int64_t>(sent_.size()) - 1))]);
    } else {
      record.items.push_back(NewItem());
      sent_.push_back(record.items.back());
    }
  }
  for (Item& item : record.items) {
    item.event.event_id = item.event_id;
    AppendToBatch(item.event, record.payload);
  }
  return record;
}

}  // namespace adtally
