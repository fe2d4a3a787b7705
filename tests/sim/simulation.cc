#include "sim/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "testing/naive_counter.h"

namespace adtally {

Simulation::Simulation(const Options& options, Coverage& coverage)
    : options_(options),
      coverage_(coverage),
      mishaps_(options.seed, options.setting, coverage, options.trace),
      counting_(DrawCounting()),
      clock_(RandomLog::Options().start_ms),
      log_(options.partitions, clock_,
           options.setting == Setting::kEmbedded ? &crash_points_ : nullptr),
      store_(options.setting == Setting::kEmbedded ? &crash_points_ : nullptr),
      sender_(options.seed ^ 0x5eed, log_, clock_, mishaps_),
      history_(options.partitions) {
  log_.BlockInWaits(false);
  store_.set_may_keep_tokens(options_.store_may_keep_tokens);
  if (options_.sender_trusts_failures) sender_.TrustFailures();
  const bool embedded = options.setting == Setting::kEmbedded;
  for (int i = 0; i < (embedded ? 1 : options.processes); ++i) {
    const Process::Parts parts{.number = i,
                               .world = *this,
                               .mishaps = mishaps_,
                               .log = log_,
                               .store = store_,
                               .crash_points = embedded ? &crash_points_ : nullptr,
                               .counting = counting_,
                               .drop_too_much = options.drop_too_much};
    processes_.push_back(std::make_unique<Process>(parts, options.plant));
  }
}

Simulation::~Simulation() = default;

CountingOptions Simulation::DrawCounting() {
  CountingOptions counting;
  counting.max_ids = 1000;
  if (mishaps_.Chance(0.3)) {
    counting.dedup_window_hours = static_cast<uint32_t>(1 + mishaps_.Pick(29));
  }
  return counting;
}

std::string Simulation::Run() {
  if (options_.setting == Setting::kEmbedded) crash_points_.Arm(1 + mishaps_.Pick(150));
  while (sender_.sent() < options_.requests && failure_.empty()) {
    Step();
    if (crash_points_.crashed()) CrashEverything();
  }
  return failure_.empty() ? Finish() : failure_;
}

void Simulation::Step() {
  if (mishaps_.Chance(0.12)) {
    sender_.Send();
    RememberRecords();
  } else if (mishaps_.Chance(0.05)) {
    sender_.SendAgain();
    RememberRecords();
  } else if (mishaps_.Chance(0.03)) {
    mishaps_.LetOneArrive();
    RememberRecords();
  } else {
    SaveOrRestore();
    DamageCaches();
    AnyProcess().Step();
  }
}

// Checkpoints are a function of the log: whoever builds one, it is the same.
void Simulation::Built(const Checkpoint& checkpoint) {
  const auto [it, first] = built_.try_emplace({checkpoint.partition, checkpoint.begin}, checkpoint);
  if (!first && it->second != checkpoint && failure_.empty()) {
    failure_ = fmt::format("partition {}: the checkpoint at offset {} was counted in two ways",
                           checkpoint.partition.value, checkpoint.begin.value);
  }
}

void Simulation::Restarted(const Process& process) {
  if (options_.setting == Setting::kEmbedded && options_.store_forgets_tokens) {
    store_.ForgetTokens();
  }
  for (const auto& other : processes_) {
    if (other.get() != &process && other->paused()) mishaps_.Note(Mishap::kRestartedWhilePaused);
  }
}

bool Simulation::IsOfOtherHistory(Partition partition, const IdCache::Last& entry) {
  const RecordBatch& records = history_[partition.value];
  return entry.end.value > records.size() ||
         records[entry.end.value - 1].append_time != entry.append_time;
}

void Simulation::RunOthers(const Process& running) {
  if (running_others_ || !mishaps_.Strikes(Mishap::kOthersRan)) return;
  running_others_ = true;
  const size_t steps = mishaps_.Chance(0.2) ? 300 : mishaps_.Pick(20);
  for (size_t i = 0; i < steps && !crash_points_.crashed(); ++i) {
    Process& other = AnyProcess();
    if (&other != &running) {
      other.Step();
    } else if (mishaps_.Chance(0.1)) {
      sender_.Send();
      RememberRecords();
    }
  }
  running_others_ = false;
}

void Simulation::CrashEverything() {
  ++coverage_.crashes[crash_points_.last()];
  mishaps_.Trace("crash at " + crash_points_.last());
  for (const auto& process : processes_) process->Restart();
  crash_points_.Reset();
  RememberRecords();
  crash_points_.Arm(1 + mishaps_.Pick(200));
}

void Simulation::RememberRecords() {
  crash_points_.Suspend(true);
  for (uint32_t i = 0; i < options_.partitions; ++i) {
    RecordBatch records;
    const auto read = log_.Read(Partition(i), Offset(history_[i].size()),
                                Offset(std::numeric_limits<uint64_t>::max()),
                                std::numeric_limits<size_t>::max(), records);
    if (!read.ok()) continue;
    for (const Record& record : records) {
      history_[i].Add(record.offset, record.append_time, record.payload);
    }
  }
  crash_points_.Suspend(false);
}

std::set<std::string> Simulation::EventIdsInHistory() const {
  std::set<std::string> ids;
  for (const RecordBatch& records : history_) {
    for (const Record& record : records) {
      for (const RandomLog::Item& item : sender_.ItemsOf(record.payload)) {
        if (!item.broken) ids.insert(item.event_id);
      }
    }
  }
  return ids;
}

std::string Simulation::Finish() {
  mishaps_.Stop();
  if (options_.setting == Setting::kEmbedded) {
    crash_points_.Arm(0);
  }
  for (const auto& process : processes_) process->WakeUp();
  while (!sender_.all_acknowledged()) sender_.SendAgain();
  RememberRecords();
  if (std::string failure = DeliverEverything(); !failure.empty()) return failure;
  mishaps_.LetAllArrive();
  RememberRecords();
  if (std::string failure = DeliverEverything(); !failure.empty()) return failure;
  return Compare();
}

std::string Simulation::DeliverEverything() {
  for (uint32_t i = 0; i < options_.partitions; ++i) {
    const Partition partition(i);
    for (int steps = 0;; ++steps) {
      const auto progress = store_.ReadProgress(partition);
      const auto end = log_.EndOffset(partition);
      if (progress.ok() && end.ok() && progress->value_or(Progress()).end >= *end) break;
      if (steps > 100'000) return fmt::format("partition {} is never delivered to its end", i);
      AnyProcess().Step(partition);
      if (!failure_.empty()) return failure_;
    }
  }
  // The last deliveries of the other processes, which are late to learn that all is done.
  for (const auto& process : processes_) {
    while (!process->idle()) process->Step();
  }
  return failure_;
}

std::string Simulation::Compare() {
  NaiveCounter oracle(counting_.dedup_window_hours);
  for (const RecordBatch& records : history_) {
    for (const Record& record : records) {
      for (const RandomLog::Item& item : sender_.ItemsOf(record.payload)) {
        if (item.broken) {
          oracle.AddBroken(record.append_time);
        } else {
          oracle.Add(record.append_time, item.Get());
        }
      }
    }
  }
  if (!std::ranges::includes(EventIdsInHistory(), sender_.acknowledged())) {
    return "an event was acknowledged and is not in the log";
  }
  if (store_.Sums() != oracle.rows()) return "the minute rows differ from the oracle's";
  if (store_.Clicks() != oracle.clicks()) {
    return "the conversions by click differ from the oracle's";
  }
  if (store_.Users() != oracle.reach()) return "the users reached differ from the oracle's";
  if (std::string failure = CompareLedger(oracle.ledger()); !failure.empty()) return failure;
  return CompareBoundaries();
}

std::string Simulation::CompareLedger(const std::map<Minute, LedgerRow>& expected) const {
  std::map<Minute, LedgerRow> ledger = store_.Ledger();
  // A minute in which nothing but empty batches came in.
  std::erase_if(ledger, [](const auto& row) { return row.second.received == 0; });
  for (const auto& [minute, row] : expected) {
    const LedgerRow& found = ledger[minute];
    if (found == row) continue;
    return fmt::format(
        "the ledger of minute {} differs from the oracle's: received {} ({}), counted {} ({}), "
        "duplicate {} ({}), late {} ({}), rejected {} ({})",
        minute.value, found.received, row.received, found.counted, row.counted, found.duplicate,
        row.duplicate, found.late, row.late, found.rejected, row.rejected);
  }
  return ledger == expected ? "" : "the ledger has minutes that the oracle's has not";
}

// Whoever cut them, the checkpoints of a partition follow on each other and cover the whole log.
std::string Simulation::CompareBoundaries() const {
  size_t checkpoints = 0;
  for (uint32_t i = 0; i < options_.partitions; ++i) {
    const Offset end(history_[i].size());
    for (Offset at; at < end; ++checkpoints) {
      const auto it = built_.find({Partition(i), at});
      if (it == built_.end())
        return fmt::format("partition {}: no checkpoint begins at {}", i, at.value);
      at = it->second.end;
    }
  }
  return checkpoints == built_.size() ? "" : "aggregators cut the log at different places";
}

}  // namespace adtally
