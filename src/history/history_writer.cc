#include "history/history_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "history/click_writer.h"
#include "history/hour_writer.h"
#include "history/minute_writer.h"
#include "store/row_binary_reader.h"
#include "store/statement.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

constexpr int64_t kHoursPerDay = 24;

// What the threads share. Days of the hour tier come first, then hours of the minute tier.
struct SharedWork {
  Store& store;
  const HistoryOptions& options;
  const std::vector<HistoryCampaign>& campaigns;
  const Clock& clock;
  const std::function<void(const HistoryProgress&)>& report;
  std::atomic<int64_t> next_day_s;
  std::atomic<int64_t> next_hour_s;
  std::atomic<bool> stopped = false;
  std::mutex mutex{};
  std::optional<Error> error{};
  HistoryProgress progress{};

  void Done(int64_t hours, uint64_t hour_rows, uint64_t minute_rows) {
    std::lock_guard lock(mutex);
    progress.hours_done += hours;
    progress.hour_rows += hour_rows;
    progress.minute_rows += minute_rows;
    if (report) report(progress);
  }
};

Result<void> WriteDays(SharedWork& work, HistoryTruth& truth) {
  HourWriter writer(work.store, work.options, work.campaigns, work.clock);
  while (!work.stopped) {
    const int64_t day_s = work.next_day_s.fetch_add(kSecondsPerDay);
    if (day_s >= work.options.minute_from_s()) return {};
    ADTALLY_ASSIGN(const uint64_t rows, writer.WriteDay(day_s, truth));
    work.Done(kHoursPerDay, rows, 0);
  }
  return {};
}

Result<void> WriteHours(SharedWork& work, HistoryTruth& truth) {
  MinuteWriter writer(work.store, work.options, work.campaigns);
  while (!work.stopped) {
    const int64_t hour_s = work.next_hour_s.fetch_add(3600);
    if (hour_s >= work.options.until_s) return {};
    ADTALLY_ASSIGN(const uint64_t rows, writer.WriteHour(hour_s, truth));
    work.Done(1, 0, rows);
  }
  return {};
}

Result<void> WriteShare(SharedWork& work, HistoryTruth& truth) {
  ADTALLY_TRY(WriteDays(work, truth));
  return WriteHours(work, truth);
}

// Runs them all, each with a truth of its own.
void RunThreads(SharedWork& work, HistoryTruth& truth) {
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&work, &truth, own = truth.Empty()]() mutable {
      const Result<void> done = WriteShare(work, own);
      std::lock_guard lock(work.mutex);
      truth.Merge(own);
      if (done.ok()) return;
      work.stopped = true;
      if (!work.error) work.error = done.error();
    });
  }
}

}  // namespace

Result<void> CheckHoldsNoTraffic(Store& store) {
  ADTALLY_ASSIGN(const std::string answer,
                 RunStatement(store,
                              {"SELECT (SELECT count() FROM adtally.minute) + (SELECT count() FROM "
                               "adtally.hour) + (SELECT count() FROM adtally.day) + (SELECT "
                               "count() FROM adtally.tier_status)",
                               {}},
                              "RowBinary"));
  RowBinaryReader reader(answer);
  if (reader.UInt64() == 0) return {};
  return Error{ErrorCode::kConflict,
               "the store already holds traffic: history can only be written into a new one, so "
               "name another folder with --data"};
}

Result<HistoryProgress> WriteHistory(Store& store, const HistoryOptions& options,
                                     const std::vector<HistoryCampaign>& campaigns,
                                     const Clock& clock, HistoryTruth& truth,
                                     const std::function<void(const HistoryProgress&)>& progress) {
  ADTALLY_ASSIGN(const bool raised, RaiseTierFloor(store, Tier::kMinute, options.minute_from_s()));
  if (!raised) return Error{ErrorCode::kInternal, "the floor of minutes was not raised"};
  SharedWork work{.store = store,
                  .options = options,
                  .campaigns = campaigns,
                  .clock = clock,
                  .report = progress,
                  .next_day_s = options.from_s(),
                  .next_hour_s = options.minute_from_s()};
  work.progress.hours = (options.until_s - options.from_s()) / 3600;
  RunThreads(work, truth);
  if (work.error) return *work.error;
  ADTALLY_TRY(WriteClicks(store, options));
  return work.progress;
}

}  // namespace adtally
