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

// Mostly days, sometimes months, and on both sides of what is believed: of 0 and of 366 days.
int64_t RandomLog::ClickAge() {
  if (Chance(0.7)) return Uniform(0, 3 * 24 * kMillisPerHour);
  if (Chance(0.5)) return Uniform(0, 90) * 24 * kMillisPerHour;
  return (Chance(0.5) ? 0 : 366 * 24 * kMillisPerHour) + Uniform(-1, 1) * Uniform(1, 100'000);
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
  if (event.type == EventType::kConversion && Chance(0.8)) {
    event.click_time = event.time - ClickAge();
  }
  if (Chance(options_.known_user)) event.user_hash = static_cast<uint64_t>(Uniform(1, 40));
  return item;
}

RandomLog::Item RandomLog::Duplicate() {
  Item item = sent_[static_cast<size_t>(Uniform(0, static_cast<int64_t>(sent_.size()) - 1))];
  if (options_.differing_copy > 0 && Chance(options_.differing_copy)) {
    item.event = NewItem().event;
    --next_id_;
  }
  return item;
}

int64_t RandomLog::NextSize() {
  if (options_.record_sizes.empty()) return Uniform(1, options_.max_events_per_record);
  return options_.record_sizes[static_cast<size_t>(
      Uniform(0, static_cast<int64_t>(options_.record_sizes.size()) - 1))];
}

void RandomLog::Pause() {
  now_ms_ += Chance(options_.long_pause) ? Uniform(0, 30 * kMillisPerHour) : Uniform(0, 2'000);
  if (options_.pause_of_days > 0 && Chance(options_.pause_of_days)) {
    now_ms_ += Uniform(1, 6 * 24) * kMillisPerHour;
  }
}

RandomLog::GeneratedRecord RandomLog::Next() {
  Pause();
  GeneratedRecord record;
  record.append_time = AppendTime(now_ms_);
  if (options_.empty_record > 0 && Chance(options_.empty_record)) return record;
  const bool broken = Chance(options_.broken_record);
  const int64_t events = broken && Chance(0.5) ? 0 : NextSize();
  for (int64_t i = 0; i < events; ++i) {
    if (!sent_.empty() && Chance(options_.duplicate)) {
      record.items.push_back(Duplicate());
    } else {
      record.items.push_back(NewItem());
      sent_.push_back(record.items.back());
    }
  }
  if (broken) record.items.emplace_back().broken = true;
  for (Item& item : record.items) {
    item.event.event_id = item.event_id;
    if (item.broken) {
      record.payload += kBrokenBytes;
    } else {
      AppendToBatch(item.event, record.payload);
    }
  }
  return record;
}

}  // namespace adtally
