#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "counting/checkpoint.h"

namespace adtally {

// How far a partition is delivered: all rows of the records before `end` are in the store.
struct Progress {
  Offset end;
  AppendTime complete_to;  // append time of the record at end - 1
};

// What delivery needs of the store. One store partition of the minute table is one hour of event
// time, named by its number since the epoch; one of conversions by click is a month of UTC, named
// by its MonthNumber. Thread-safe. Everything is durable when the call
// returns ok.
class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;

  // The log that everything in the store was counted from (EventLog::log_id); nullopt before the
  // first WriteLogId.
  virtual Result<std::optional<std::string>> ReadLogId() = 0;
  virtual Result<void> WriteLogId(const std::string& log_id) = 0;

  // The furthest progress ever written for the partition; nullopt when there is none.
  virtual Result<std::optional<Progress>> ReadProgress(Partition partition) = 0;

  // Which of `hours` already hold the block of the checkpoint that ends at `end`, by its receipt.
  virtual Result<std::vector<uint32_t>> ReadReceipts(Partition partition, Offset end,
                                                     std::span<const uint32_t> hours) = 0;

  // Inserts the rows of one hour together with the receipt (partition, end): all or nothing.
  // `token`: a block whose token the store still remembers is not inserted again.
  virtual Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows,
                                        Partition partition, Offset end,
                                        std::string_view token) = 0;

  // Which of `months` already hold the clicks of the checkpoint that ends at `end`, or of a later
  // one: those of a partition are delivered in order.
  virtual Result<std::vector<uint32_t>> ReadClickReceipts(Partition partition, Offset end,
                                                          std::span<const uint32_t> months) = 0;

  // The same as InsertMinuteRows for the conversions by click of one month.
  virtual Result<void> InsertClickConversions(uint32_t month,
                                              std::span<const ClickConversionRow> rows,
                                              Partition partition, Offset end,
                                              std::string_view token) = 0;

  // True when the store may remember a token whose rows a crash of its has taken, so that inserting
  // them again under it does nothing: receipts must then be asked for after an insert too.
  virtual bool MayKeepTokensWithoutRows() const { return false; }

  // Idempotent: the same rows again replace themselves.
  virtual Result<void> InsertLedger(Partition partition, Offset end,
                                    std::span<const LedgerRow> rows) = 0;

  // Adds users to those of their campaigns and quarters of an hour: the union, so that the same
  // again changes nothing. `partition`: whose checkpoint it is of.
  virtual Result<void> InsertReach(Partition partition, const Reach& reach) = 0;

  // Never moves progress back: the furthest one wins.
  virtual Result<void> WriteProgress(Partition partition, Progress progress) = 0;
};

}  // namespace adtally
