#include "aggregator/sql_checkpoint_store.h"

#include <charconv>
#include <string>
#include <utility>

#include "aggregator/click_conversion_block.h"
#include "aggregator/minute_block.h"
#include "base/utc_date.h"
#include "store/native_block.h"
#include "store/sql_param.h"

namespace adtally {
namespace {

constexpr uint32_t kSecondsPerHour = 3600;
// Buffers of idle calls are kept up to this much in all: some checkpoints of half a million rows.
constexpr size_t kMaxKeptBytes = size_t{128} << 20;

// Takes a number and the separator after it off a TSV answer; nullopt when there is anything else.
template <class Number>
std::optional<Number> TakeNumber(std::string_view& text, char separator) {
  Number number{};
  const auto [next, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(next - text.data()));
  if (!text.starts_with(separator)) return std::nullopt;
  text.remove_prefix(1);
  return number;
}

Error Unreadable(std::string_view table) {
  return Error{ErrorCode::kInternal,
               "the store's answer about " + std::string(table) + " cannot be read"};
}

// The numbers of a TSV answer of one column.
Result<std::vector<uint32_t>> NumbersOf(std::string_view answer, std::string_view table) {
  std::vector<uint32_t> numbers;
  while (!answer.empty()) {
    const auto number = TakeNumber<uint32_t>(answer, '\n');
    if (!number) return Unreadable(table);
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace

class SqlCheckpointStore::Buffers {
 public:
  size_t kept_bytes() const { return minute.kept_bytes() + clicks.kept_bytes(); }

  MinuteBlock minute;
  ClickConversionBlock clicks;
  NativeBlock block;
  std::vector<uint32_t> append_minute, partition;
  std::vector<uint32_t> quarter, advertiser, campaign;
  std::vector<uint64_t> users_end;
  std::vector<uint64_t> end, received, counted, duplicate, invalid_bot, late, rejected;
};

// Buffers that no other call uses, until destruction.
class SqlCheckpointStore::BuffersLease {
 public:
  explicit BuffersLease(SqlCheckpointStore& owner) : owner_(owner) {
    std::lock_guard lock(owner_.mutex_);
    if (owner_.free_.empty()) {
      buffers_ = std::make_unique<Buffers>();
    } else {
      buffers_ = std::move(owner_.free_.back());
      owner_.free_.pop_back();
      owner_.free_bytes_ -= buffers_->kept_bytes();
    }
  }
  ~BuffersLease() {
    const size_t bytes = buffers_->kept_bytes();
    std::lock_guard lock(owner_.mutex_);
    if (owner_.free_bytes_ + bytes > kMaxKeptBytes) return;
    owner_.free_bytes_ += bytes;
    owner_.free_.push_back(std::move(buffers_));
  }
  BuffersLease(const BuffersLease&) = delete;
  BuffersLease& operator=(const BuffersLease&) = delete;
  Buffers* operator->() { return buffers_.get(); }

 private:
  SqlCheckpointStore& owner_;
  std::unique_ptr<Buffers> buffers_;
};

SqlCheckpointStore::SqlCheckpointStore(Store& store, bool may_keep_tokens_without_rows)
    : store_(store), may_keep_tokens_without_rows_(may_keep_tokens_without_rows) {}
SqlCheckpointStore::~SqlCheckpointStore() = default;

Result<std::optional<std::string>> SqlCheckpointStore::ReadLogId() {
  ADTALLY_ASSIGN(std::string log_id,
                 store_.Query("SELECT log_id FROM adtally.log LIMIT 1", {}, "RawBLOB"));
  if (log_id.empty()) return std::optional<std::string>();
  return std::optional<std::string>(std::move(log_id));
}

Result<void> SqlCheckpointStore::WriteLogId(const std::string& log_id) {
  BuffersLease b(*this);
  const std::string_view value = log_id;
  b->block.Reset(1, 1);
  b->block.String("log_id", std::span(&value, 1));
  return store_.Insert("adtally.log (log_id)", b->block.bytes(), "");
}

Result<std::optional<Progress>> SqlCheckpointStore::ReadProgress(Partition partition) {
  ADTALLY_ASSIGN(const std::string answer,
                 store_.Query("SELECT end_offset, complete_to_ms FROM adtally.progress"
                              " WHERE log_partition = {partition:UInt32}"
                              " ORDER BY end_offset DESC LIMIT 1 SETTINGS max_threads = 1",
                              {{"partition", std::to_string(partition.value)}}, "TSV"));
  if (answer.empty()) return std::optional<Progress>();
  std::string_view text = answer;
  const auto end = TakeNumber<uint64_t>(text, '\t');
  const auto complete_to = TakeNumber<int64_t>(text, '\n');
  if (!end || !complete_to) return Unreadable("adtally.progress");
  return std::optional<Progress>({Offset(*end), AppendTime(*complete_to)});
}

Result<std::vector<uint32_t>> SqlCheckpointStore::ReadReceipts(Partition partition, Offset end,
                                                               std::span<const uint32_t> hours) {
  if (hours.empty()) return std::vector<uint32_t>();
  std::vector<uint32_t> seconds(hours.begin(), hours.end());
  for (uint32_t& hour : seconds) hour *= kSecondsPerHour;
  // Every part keeps its receipts in its first granule, all of which are read. The low half of the
  // offset is read first, since it alone says no to nearly all. No condition is asked for twice, so
  // a cache of conditions only costs.
  ADTALLY_ASSIGN(
      const std::string answer,
      store_.Query("SELECT DISTINCT intDiv(toUnixTimestamp(minute), 3600) FROM adtally.minute"
                   " PREWHERE creative_id = {end_low:UInt32}"
                   " WHERE advertiser_id = 0 AND campaign_id = {partition:UInt32}"
                   " AND minute IN {hours:Array(UInt32)} AND ad_group_id = {end_high:UInt32}"
                   " SETTINGS max_threads = 1, use_query_condition_cache = 0",
                   {{"partition", std::to_string(partition.value)},
                    {"hours", NumberArray(seconds)},
                    {"end_high", std::to_string(end.value >> 32)},
                    {"end_low", std::to_string(end.value & 0xffffffff)}},
                   "TSV"));
  return NumbersOf(answer, "adtally.minute");
}

Result<void> SqlCheckpointStore::InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows,
                                                  Partition partition, Offset end,
                                                  std::string_view token) {
  BuffersLease buffers(*this);
  return store_.Insert(MinuteBlock::into(), buffers->minute.Encode(hour, rows, partition, end),
                       token);
}

Result<std::vector<uint32_t>> SqlCheckpointStore::ReadClickReceipts(
    Partition partition, Offset end, std::span<const uint32_t> months) {
  if (months.empty()) return std::vector<uint32_t>();
  std::vector<uint32_t> starts;
  for (const uint32_t month : months) starts.push_back(static_cast<uint32_t>(MonthStart(month)));
  ADTALLY_ASSIGN(const std::string answer,
                 store_.Query("SELECT toYYYYMM(minute) AS month FROM adtally.click_conversion"
                              " WHERE advertiser_id = 0 AND campaign_id = {partition:UInt32}"
                              " AND minute IN {months:Array(UInt32)}"
                              " GROUP BY month HAVING max(delivered_to) >= {end:UInt64}"
                              " SETTINGS max_threads = 1, use_query_condition_cache = 0",
                              {{"partition", std::to_string(partition.value)},
                               {"months", NumberArray(starts)},
                               {"end", std::to_string(end.value)}},
                              "TSV"));
  return NumbersOf(answer, "adtally.click_conversion");
}

Result<void> SqlCheckpointStore::InsertClickConversions(uint32_t month,
                                                        std::span<const ClickConversionRow> rows,
                                                        Partition partition, Offset end,
                                                        std::string_view token) {
  BuffersLease buffers(*this);
  return store_.Insert(ClickConversionBlock::into(),
                       buffers->clicks.Encode(month, rows, partition, end), token);
}

Result<void> SqlCheckpointStore::InsertLedger(Partition partition, Offset end,
                                              std::span<const LedgerRow> rows) {
  if (rows.empty()) return {};
  BuffersLease b(*this);
  b->partition.assign(rows.size(), partition.value);
  b->end.assign(rows.size(), end.value);
  b->append_minute.clear();
  for (auto* column :
       {&b->received, &b->counted, &b->duplicate, &b->invalid_bot, &b->late, &b->rejected}) {
    column->clear();
  }
  for (const LedgerRow& row : rows) {
    b->append_minute.push_back(row.append_minute.value * kSecondsPerMinute);
    b->received.push_back(row.received);
    b->counted.push_back(row.counted);
    b->duplicate.push_back(row.duplicate);
    b->invalid_bot.push_back(row.invalid[static_cast<size_t>(InvalidReason::kBot)]);
    b->late.push_back(row.late);
    b->rejected.push_back(row.rejected);
  }
  b->block.Reset(9, rows.size());
  b->block.DateTime("append_minute", b->append_minute);
  b->block.UInt32("log_partition", b->partition);
  b->block.UInt64("end_offset", b->end);
  b->block.UInt64("received", b->received);
  b->block.UInt64("counted", b->counted);
  b->block.UInt64("duplicate", b->duplicate);
  b->block.UInt64("invalid_bot", b->invalid_bot);
  b->block.UInt64("late", b->late);
  b->block.UInt64("rejected", b->rejected);
  return store_.Insert(
      "adtally.ledger (append_minute, log_partition, end_offset, received, counted, duplicate, "
      "invalid_bot, late, rejected)",
      b->block.bytes(), "");
}

Result<void> SqlCheckpointStore::InsertReach(Partition, const Reach& reach) {
  if (reach.groups.empty()) return {};
  BuffersLease b(*this);
  for (auto* column : {&b->quarter, &b->advertiser, &b->campaign}) column->clear();
  b->users_end.clear();
  for (const ReachGroup& group : reach.groups) {
    b->quarter.push_back(group.key.quarter * kSecondsPerQuarter);
    b->advertiser.push_back(group.key.advertiser_id);
    b->campaign.push_back(group.key.campaign_id);
    b->users_end.push_back(group.users_end);
  }
  b->block.Reset(4, reach.groups.size());
  b->block.DateTime("quarter", b->quarter);
  b->block.UInt32("advertiser_id", b->advertiser);
  b->block.UInt32("campaign_id", b->campaign);
  b->block.UInt64Array("user_hashes", b->users_end, reach.users);
  return store_.Insert("adtally.reach_quarter (quarter, advertiser_id, campaign_id, user_hashes)",
                       b->block.bytes(), "");
}

Result<void> SqlCheckpointStore::WriteProgress(Partition partition, Progress progress) {
  BuffersLease b(*this);
  b->block.Reset(3, 1);
  b->block.UInt32("log_partition", std::span(&partition.value, 1));
  b->block.UInt64("end_offset", std::span(&progress.end.value, 1));
  b->block.Int64("complete_to_ms", std::span(&progress.complete_to.value, 1));
  return store_.Insert("adtally.progress (log_partition, end_offset, complete_to_ms)",
                       b->block.bytes(), "");
}

}  // namespace adtally
