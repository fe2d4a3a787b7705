// What planning costs a report: reading what is known of the tiers, and choosing from it, over two
// years of rollups whose last 31 hours are not final yet and have a receipt of each of 4 partitions
// every two seconds. The embedded store; wall clock times.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "reporting/report_plan.h"
#include "reporting/report_request.h"
#include "reporting/report_tiers.h"
#include "reporting/tier_cache.h"
#include "reporting/time_zones.h"
#include "store/chdb_store.h"
#include "store/migrations.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

// The engine with two years until 2026-11-30T12:00:00Z, made when it is first needed.
class TwoYears {
 public:
  static TwoYears& Get() {
    if (instance_ == nullptr) instance_ = std::make_unique<TwoYears>();
    return *instance_;
  }
  static void Close() { instance_.reset(); }

  TwoYears() {
    auto opened = ChdbStore::Open({.path = folder_.path()}, NullLogger());
    ADTALLY_CHECK(opened.ok(), opened.error().message);
    store_ = std::move(*opened);
    const auto migrated = Migrate(*store_);
    ADTALLY_CHECK(migrated.ok(), migrated.error().message);
    Run("INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, ad_group_id, creative_id) "
        "SELECT toDateTime('2026-11-29 05:00:00', 'UTC') + intDiv(number, 7200) * 3600, 0, number "
        "% "
        "4, 1, number FROM numbers(31 * 7200)");
    // Hours: one generation a day; of the last two days one an hour, the last 31 not final.
    Run("INSERT INTO adtally.tier_status SELECT 'hour', toYYYYMMDD(d), 1, arrayMap(h -> (h, "
        "if(number >= 728, number * 24 + h, number + 1), 1, number * 24 + h < 729 * 24 + 5), "
        "range(number = 730 ? 12 : 24)) FROM (SELECT number, toDate('2024-11-30') + number AS d "
        "FROM "
        "numbers(731))");
    // The marks are right: all of these are read from hours.
    Run("INSERT INTO adtally.tier_status SELECT tier, partition, 2, arrayMap(s -> (s.1, s.2, "
        "transform(toUInt64(toUnixTimestamp(toDateTime(parseDateTimeBestEffort(toString(partition))"
        ", "
        "'UTC'))) + s.1 * 3600, (SELECT groupArray(toUInt64(toUnixTimestamp(h))) FROM (" +
        Marks() + ")), (SELECT groupArray(m) FROM (" + Marks() +
        ")), s.3), s.4), slots) FROM adtally.tier_status WHERE tier = 'hour' AND partition >= "
        "20261129");
    // Days: of the last month one generation a day.
    Run("INSERT INTO adtally.tier_status SELECT 'day', toYYYYMM(d), 1, "
        "groupArray((toDayOfMonth(d), "
        "if(toYYYYMM(d) = 202611, toUInt32(d), toYYYYMM(d)), 0, true)) FROM (SELECT "
        "toDate('2024-11-30') + number AS d FROM numbers(728)) GROUP BY toYYYYMM(d)");
    Run("INSERT INTO adtally.day_accounts SELECT number + 1, if(number % 10 = 0, "
        "'America/New_York', "
        "'Europe/Berlin'), toDate(0), 1 FROM numbers(5000)");
    Run("INSERT INTO adtally.tier_floor VALUES ('minute', toDateTime('2026-11-23 12:00:00', "
        "'UTC'))");
    auto zones = TimeZones::Load(*store_);
    ADTALLY_CHECK(zones.ok(), zones.error().message);
    zones_ = std::make_unique<TimeZones>(std::move(*zones));
  }

  Store& store() { return *store_; }
  const TimeZones& zones() const { return *zones_; }

 private:
  static std::string Marks() {
    return "SELECT toStartOfHour(minute) AS h, bitOr(cityHash64(count(), "
           "sum(cityHash64(campaign_id, "
           "ad_group_id, creative_id))), 2) AS m FROM adtally.minute WHERE advertiser_id = 0 GROUP "
           "BY "
           "h ORDER BY h";
  }
  void Run(std::string_view sql) {
    const auto done = store_->Query(sql, {}, "");
    ADTALLY_CHECK(done.ok(), done.error().message);
  }

  static inline std::unique_ptr<TwoYears> instance_;
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<TimeZones> zones_;
};

ReportPlan Plan(TierCache& cache, const ReportRequest& request, Scope scope) {
  Store& store = TwoYears::Get().store();
  const auto range =
      ResolveTimeRange(store, cache.constants(), request.from, request.to, request.time_zone);
  ADTALLY_CHECK(range.ok(), range.error().message);
  const auto known = ReadReportTiers(store, cache, request, *range, scope);
  ADTALLY_CHECK(known.ok(), known.error().message);
  auto plan = PlanReport(*known, request, *range);
  ADTALLY_CHECK(plan.ok(), plan.error().message);
  return *std::move(plan);
}

void PlanQuery(benchmark::State& state, std::string_view query, Scope scope) {
  const auto request = ParseReportRequest(query, TwoYears::Get().zones());
  ADTALLY_CHECK(request.ok(), request.error().message);
  TierCache cache;
  ReportPlan plan = Plan(cache, *request, scope);
  for (auto _ : state) plan = Plan(cache, *request, scope);
  std::string tiers;
  for (const Tier tier : plan.Tiers()) tiers += std::string(TierName(tier)) + ' ';
  state.SetLabel(tiers);
}

#define ADTALLY_PLAN(name, scope, query) \
  void name(benchmark::State& state) {   \
    PlanQuery(state, query, scope);      \
  }                                      \
  BENCHMARK(name)->Unit(benchmark::kMillisecond)->UseRealTime()

ADTALLY_PLAN(TodayByMinute, 2, "from=2026-11-30&to=2026-12-01&granularity=minute");
ADTALLY_PLAN(TodayByHour, 2, "from=2026-11-30&to=2026-12-01&granularity=hour");
ADTALLY_PLAN(TwoDaysByHourInZone, 2,
             "from=2026-11-29&to=2026-12-01&granularity=hour&time_zone=Europe/Berlin");
ADTALLY_PLAN(TwoYearsByDayOfOne, 2,
             "from=2024-12-01&to=2026-12-01&granularity=day&time_zone=Europe/Berlin");
ADTALLY_PLAN(TwoYearsByDayOfAll, std::nullopt,
             "from=2024-12-01&to=2026-12-01&granularity=day&time_zone=Europe/Berlin");
ADTALLY_PLAN(TwoYearsByDayInAnotherZone, 1,
             "from=2024-12-01&to=2026-12-01&granularity=day&time_zone=Europe/Berlin");
ADTALLY_PLAN(TwoYearsByHour, 2, "from=2024-12-01&to=2026-12-01&granularity=hour");

}  // namespace
}  // namespace adtally

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  adtally::TwoYears::Close();
  return 0;
}
