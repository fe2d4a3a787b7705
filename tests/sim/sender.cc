#include "sim/sender.h"

#include <utility>

#include "base/hash.h"
#include "event/protobuf_codec.h"

namespace adtally {

Sender::Sender(uint64_t seed, EventLog& log, ManualClock& clock, Mishaps& mishaps)
    : log_(log),
      clock_(clock),
      mishaps_(mishaps),
      traffic_(seed, {.max_events_per_record = 8,
                      .broken_record = 0.02,
                      .differing_copy = 0.3,
                      .empty_record = 0.02,
                      .pause_of_days = 0.01}) {}

const Sender::Items& Sender::ItemsOf(std::string_view payload) const {
  return items_by_payload_.find(payload)->second;
}

void Sender::Send() {
  RandomLog::GeneratedRecord record = traffic_.Next();
  clock_.Set(record.append_time.value + clock_skew_ms_);
  ++sent_;
  Request(std::move(record.items));
}

void Sender::SendAgain() {
  if (unacknowledged_.empty()) return;
  mishaps_.Note(Mishap::kResent);
  std::swap(unacknowledged_[mishaps_.Pick(unacknowledged_.size())], unacknowledged_.back());
  Items items = std::move(unacknowledged_.back());
  unacknowledged_.pop_back();
  if (!unacknowledged_.empty() && mishaps_.Chance(0.3)) {
    for (auto& item : unacknowledged_.back()) items.push_back(std::move(item));
    unacknowledged_.pop_back();
  }
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[mishaps_.Pick(i)]);
  if (items.size() > 1 && mishaps_.Chance(0.3)) {
    const auto half = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
    Request(Items(half, items.end()));
    items.erase(half, items.end());
  }
  Request(std::move(items));
}

void Sender::Request(Items items) {
  // Duplicates meet in one partition, as the edge sees to it. A batch breaks off at broken bytes.
  std::map<uint32_t, Items> by_partition;
  for (const bool broken : {false, true}) {
    for (const RandomLog::Item& item : items) {
      if (item.broken != broken) continue;
      by_partition[PartitionOf(HashBytes(item.event_id), log_.partitions())].push_back(item);
    }
  }
  std::vector<EventLog::Append> appends;
  for (auto& [partition, part] : by_partition) {
    EventLog::Append& append = appends.emplace_back();
    append.partition = Partition(partition);
    int broken = 0;
    for (const RandomLog::Item& item : part) {
      if (!item.broken) AppendToBatch(item.Get(), append.payload);
      broken += item.broken;
    }
    if (broken > 0) append.payload += RandomLog::kBrokenBytes;
    // Whatever follows broken bytes cannot be told apart from them.
    if (broken > 1) part.resize(part.size() - static_cast<size_t>(broken - 1));
    items_by_payload_.insert_or_assign(append.payload, std::move(part));
  }
  // An empty batch is appended like any other.
  if (appends.empty()) {
    appends.push_back({Partition(0), ""});
    items_by_payload_[""];
  }
  if (!Append(std::move(appends)) && !trusts_failures_) {
    unacknowledged_.push_back(std::move(items));
    return;
  }
  for (const RandomLog::Item& item : items) {
    if (!item.broken) acknowledged_.insert(item.event_id);
  }
}

void Sender::LogWasRestored(const std::set<std::string>& in_log) {
  std::erase_if(acknowledged_, [&](const std::string& id) { return !in_log.contains(id); });
  // It took more than a millisecond.
  clock_skew_ms_ += 2;
  clock_.Advance(2);
}

bool Sender::Append(std::vector<EventLog::Append> appends) {
  if (mishaps_.Strikes(Mishap::kAppendFailed)) return false;
  if (mishaps_.Strikes(Mishap::kAppendLate)) {
    mishaps_.ArriveLater([this, appends] { log_.AppendAsync(appends, [](const auto&) {}); });
    return false;
  }
  bool whole = true;
  if (appends.size() > 1 && mishaps_.Strikes(Mishap::kAppendTorn)) {
    appends.erase(appends.begin() + static_cast<std::ptrdiff_t>(mishaps_.Pick(appends.size())));
    std::erase_if(appends, [&](const auto&) { return mishaps_.Chance(0.3); });
    whole = false;
  }
  bool durable = false;
  log_.AppendAsync(std::move(appends), [&](const Result<void>& done) { durable = done.ok(); });
  return durable && whole && !mishaps_.Strikes(Mishap::kAppendIn);
}

}  // namespace adtally
