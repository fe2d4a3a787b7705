#include "app/history_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "app/archive_setup.h"
#include "app/config.h"
#include "app/maintenance_role.h"
#include "app/service_storage.h"
#include "base/clock.h"
#include "history/history_catalog.h"
#include "history/history_truth.h"
#include "history/history_writer.h"
#include "history/sums.h"
#include "maintenance/archive.h"
#include "maintenance/maintenance.h"
#include "ops/console_logger.h"
#include "reporting/catalog.h"
#include "reporting/time_zones.h"

namespace adtally {
namespace {

constexpr int kConnections = 4;
constexpr int64_t kMostDays = 3650;
constexpr int64_t kProgressMicros = 500'000;

Error Wrong(std::string_view option, std::string_view must) {
  return {ErrorCode::kInvalidArgument, fmt::format("--{} must be {}", option, must)};
}

Result<int64_t> DaysOf(const std::string& length) {
  const char* const end = length.data() + length.size();
  int64_t count = 0;
  const auto [unit, error] = std::from_chars(length.data(), end, count);
  const std::map<std::string_view, int64_t> units = {{"d", 1}, {"m", 30}, {"y", 365}};
  const auto days = units.find(std::string_view(unit, end));
  if (error != std::errc() || days == units.end() || count < 1 || count > kMostDays ||
      count * days->second > kMostDays) {
    return Wrong("history",
                 "a number of days, months or years up to ten years, like 90d, 6m or 2y");
  }
  return count * days->second;
}

Result<HistoryOptions> OptionsOf(const HistoryRun& run, const Clock& clock) {
  HistoryOptions options;
  ADTALLY_ASSIGN(options.days, DaysOf(run.length));
  if (run.campaigns == 0 || run.campaigns > 100'000) {
    return Wrong("campaigns", "between 1 and 100,000 for history");
  }
  if (run.campaigns_per_advertiser == 0) return Wrong("campaigns-per-advertiser", "1 or more");
  if (!(run.zipf >= 0 && run.zipf <= 5)) return Wrong("zipf", "between 0 and 5");
  if (!(run.scale > 0 && run.scale <= 1000)) return Wrong("scale", "above 0 and at most 1000");
  const int64_t until_ms = run.until_ms.value_or(clock.NowMs());
  options.until_s = until_ms / kMillisPerHour * 3600;
  if (until_ms >= kMaxEventTime.value || options.from_s() * 1000 < kMinEventTime.value) {
    return Wrong("until", "ms since the epoch, with all of history between 2000 and 2100");
  }
  options.seed = run.seed;
  options.campaigns = run.campaigns;
  options.campaigns_per_advertiser = run.campaigns_per_advertiser;
  options.zipf = run.zipf;
  options.scale = run.scale;
  return options;
}

Result<void> MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return {};
  return Error{ErrorCode::kUnavailable,
               fmt::format("data folder {} cannot be made: {}", path, error.message())};
}

Result<void> WriteCatalog(Store& store, const std::vector<HistoryCampaign>& campaigns,
                          const Clock& clock) {
  ADTALLY_ASSIGN(const TimeZones zones, TimeZones::Load(store));
  ADTALLY_ASSIGN(const auto catalog, Catalog::Create(store, clock, zones));
  ADTALLY_ASSIGN([[maybe_unused]] const std::string answer,
                 catalog->Upsert(HistoryCatalogJson(campaigns)));
  return {};
}

// Prints twice a second: on a terminal over what it printed before.
class ProgressPrinter {
 public:
  explicit ProgressPrinter(const Clock& clock)
      : clock_(clock), start_(clock.MonotonicMicros()), next_(start_) {}

  void Show(const HistoryProgress& p) {
    const int64_t now = clock_.MonotonicMicros();
    if (now < next_ && p.hours_done < p.hours) return;
    next_ = now + kProgressMicros;
    fmt::print(stderr, "{}{} of {} hours, {} rows by hour and {} by minute, {:.0f} s{}",
               terminal_ ? "\r" : "", p.hours_done, p.hours, p.hour_rows, p.minute_rows,
               static_cast<double>(now - start_) / 1e6, terminal_ ? "   " : "\n");
  }
  void End() const {
    if (terminal_) fmt::print(stderr, "\n");
  }

 private:
  const Clock& clock_;
  const bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  const int64_t start_;
  int64_t next_;
};

Result<void> MoveToArchive(const Config& config, const ArchivePlace& place, Store& store,
                           const Clock& clock, Logger& logger) {
  if (place.kind == ArchivePlace::Kind::kNone) return {};
  ArchiveOptions options = ArchiveOptionsFor(config);
  options.alone = config.store_kind == "chdb";
  Archive archive(options, place, store, clock, logger);
  const ArchiveSummary summary = archive.RunPass({}, [](const ArchiveProgress& at) {
    fmt::print(stderr, "archive: month {} of {}, {} of {} rows\n", at.month_number, at.months,
               at.rows, at.month_rows);
  });
  if (!summary.problems.empty()) return Error{ErrorCode::kInternal, summary.problems.front()};
  fmt::print("{}", summary.text());
  return {};
}

// What a running server does with its tiers by itself, until there is nothing left to do.
Result<void> RollUpTiers(const Config& config, const HistoryOptions& options, Store& store,
                         const Clock& clock, Logger& logger) {
  ADTALLY_ASSIGN(MaintenanceOptions maintenance, MaintenanceOptionsFor(config));
  maintenance.alone = config.store_kind == "chdb";
  Maintenance passes(
      maintenance, [&] { return options.until_s * kMillisPerSecond; }, store, clock, logger);
  MaintenanceSummary total;
  for (bool more = true; more;) {
    MaintenanceSummary summary = passes.RunPass({});
    if (!summary.problems.empty()) return Error{ErrorCode::kInternal, summary.problems.front()};
    more = summary.did_something();
    total.Add(std::move(summary));
  }
  fmt::print("{}", total.text());
  return {};
}

}  // namespace

Result<void> RunHistory(const HistoryRun& run, const char* const* environment) {
  const Clock& clock = SystemClock();
  ADTALLY_ASSIGN(HistoryOptions options, OptionsOf(run, clock));
  ADTALLY_ASSIGN(const Config config, LoadConfig(run.config_path, environment));
  options.minute_days = config.retention_minute_days;
  if (const std::string refusal = WhyNoMaintenance(config); !refusal.empty()) {
    return Error{ErrorCode::kInvalidArgument, refusal};
  }
  ADTALLY_ASSIGN(const ArchivePlace archive_place, ArchivePlaceFor(config, run.data_dir));
  ADTALLY_TRY(MakeFolder(run.data_dir));
  const auto logger = MakeConsoleLogger(LogLevel::kWarning);
  ADTALLY_ASSIGN(const Roles roles, ParseRoles(kAllRoles));
  ADTALLY_ASSIGN(const ServiceStorage storage,
                 ServiceStorage::Open(config, roles, run.data_dir, kConnections, clock, *logger));
  Store& store = *storage.store;
  ADTALLY_TRY(CheckHoldsNoTraffic(store));

  const std::vector<HistoryCampaign> campaigns = MakeHistoryCampaigns(options);
  ADTALLY_TRY(WriteCatalog(store, campaigns, clock));
  ADTALLY_ASSIGN(const auto months, ReadMonthStarts(store, options));
  HistoryTruth truth(campaigns, months);
  ProgressPrinter printer(clock);
  const auto written = WriteHistory(store, options, campaigns, clock, truth,
                                    [&](const HistoryProgress& p) { printer.Show(p); });
  printer.End();
  if (!written.ok()) return written.error();
  if (!run.truth_path.empty()) ADTALLY_TRY(truth.Write(run.truth_path, options));
  fmt::print("{} days of {} campaigns: {} events in {} rows by hour and {} by minute\n",
             options.days, options.campaigns, EventsOf(truth.Totals()), written->hour_rows,
             written->minute_rows);
  ADTALLY_TRY(RollUpTiers(config, options, store, clock, *logger));
  return MoveToArchive(config, archive_place, store, clock, *logger);
}

}  // namespace adtally
