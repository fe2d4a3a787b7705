#include "counting/partition_counter.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "event/json_codec.h"
#include "event/protobuf_codec.h"
#include "testing/memory_checkpoint_store.h"
#include "testing/naive_counter.h"
#include "testing/random_log.h"

namespace adtally {
namespace {

const CountingOptions kSmall{.max_ids = 1000};

using Records = std::vector<RandomLog::GeneratedRecord>;

Records MakeRecords(uint64_t seed, int count, RandomLog::Options options = {}) {
  RandomLog log(seed, std::move(options));
  Records records;
  for (int i = 0; i < count; ++i) records.push_back(log.Next());
  return records;
}

void AddTo(NaiveCounter& oracle, const RandomLog::GeneratedRecord& record) {
  for (const auto& item : record.items) {
    if (item.broken) {
      oracle.AddBroken(record.append_time);
    } else {
      oracle.Add(record.append_time, item.event);
    }
  }
}

void Sum(const Checkpoint& checkpoint, std::map<MinuteKey, Measures>& rows,
         std::map<Minute, LedgerRow>& ledger) {
  for (const MinuteRow& row : checkpoint.rows) {
    AddMeasures(rows[row.key], row.measures);
  }
  for (const LedgerRow& row : checkpoint.ledger) {
    LedgerRow& sum = ledger[row.append_minute];
    AddLedger(sum, row);
    EXPECT_EQ(row.received, row.counted + row.duplicate + row.invalid[1] + row.late + row.rejected);
  }
}

TEST(PartitionCounter, EqualsTheOracleHoweverItIsCut) {
  EXPECT_TRUE(rc::check("random log, random cuts, random rollbacks", [] {
    const Records records = MakeRecords(*rc::gen::arbitrary<uint64_t>(), 150);
    const auto cut_every = *rc::gen::inRange<uint64_t>(1, 40);
    const auto rollback_every = *rc::gen::inRange<uint64_t>(2, 60);
    NaiveCounter oracle(24);
    PartitionCounter counter(Partition(0), kSmall);
    counter.Begin(Offset(0));
    std::map<MinuteKey, Measures> rows;
    std::map<Minute, LedgerRow> ledger;
    uint64_t last_rollback = 0;
    for (size_t i = 0; i < records.size();) {
      if (!counter.Fits(records[i].append_time) || counter.end() - counter.begin() >= cut_every) {
        Sum(counter.Cut(), rows, ledger);
      }
      counter.Count(records[i].append_time, records[i].payload);
      if (i % rollback_every == 0 && i > last_rollback) {
        last_rollback = i;
        counter.Rollback();
        i = counter.begin().value;
      } else {
        ++i;
      }
    }
    Sum(counter.Cut(), rows, ledger);
    for (const auto& record : records) AddTo(oracle, record);
    RC_ASSERT(rows == oracle.rows());
    RC_ASSERT(ledger == oracle.ledger());
  }));
}

TEST(PartitionCounter, StartsAnywhereFromWhatItRemembered) {
  EXPECT_TRUE(rc::check("restart from cached ids, or from the records, of the window alone", [] {
    const Records records = MakeRecords(*rc::gen::arbitrary<uint64_t>(), 150);
    PartitionCounter straight(Partition(0), kSmall);
    straight.Begin(Offset(0));
    std::vector<Checkpoint> checkpoints;
    for (const auto& record : records) {
      if (!straight.Fits(record.append_time) || straight.end() - straight.begin() >= 5) {
        checkpoints.push_back(straight.Cut());
      }
      straight.Count(record.append_time, record.payload);
    }
    checkpoints.push_back(straight.Cut());

    const auto at = *rc::gen::inRange<size_t>(1, checkpoints.size());
    const int64_t window_begin_hour =
        checkpoints[at - 1].last_append_time.value / kMillisPerHour - 25;
    PartitionCounter restarted(Partition(0), kSmall);
    for (size_t i = 0; i < at; ++i) {
      if (checkpoints[i].last_append_time.value / kMillisPerHour < window_begin_hour) continue;
      if (*rc::gen::arbitrary<bool>()) {
        for (const NewIds& hour : checkpoints[i].new_ids) {
          restarted.Restore(hour.append_hour, hour.ids);
        }
      } else {
        for (uint64_t r = checkpoints[i].begin.value; r < checkpoints[i].end.value; ++r) {
          restarted.Restore(records[r].append_time, records[r].payload);
        }
      }
    }
    restarted.Begin(checkpoints[at].begin);
    for (size_t i = at; i < checkpoints.size(); ++i) {
      for (uint64_t r = checkpoints[i].begin.value; r < checkpoints[i].end.value; ++r) {
        restarted.Count(records[r].append_time, records[r].payload);
      }
      RC_ASSERT(restarted.Cut() == checkpoints[i]);
    }
  }));
}

TEST(PartitionCounter, ADuplicateThatComesAfterItsFutureTimeIsNotCountedTwice) {
  // Appended 4 minutes before its own time, and again 24 h and 3 minutes later: not late, so it
  // must be remembered.
  Event event;
  event.event_id = "ahead";
  event.type = EventType::kClick;
  event.dimensions = {1, 1, 1, 1, Device::kOther, {}, {}};
  const AppendTime first(1'790'000'000'000 / kMillisPerHour * kMillisPerHour + kMillisPerHour -
                         1000);
  event.time = EventTime(first.value + 4 * kMillisPerMinute);
  std::string payload;
  AppendToBatch(event, payload);
  PartitionCounter counter(Partition(0), kSmall);
  counter.Begin(Offset(0));
  counter.Count(first, payload);
  counter.Count(AppendTime(first.value + 24 * kMillisPerHour + 3 * kMillisPerMinute), payload);
  const Checkpoint checkpoint = counter.Cut();
  ASSERT_EQ(checkpoint.rows.size(), 1u);
  EXPECT_EQ(checkpoint.rows[0].measures.clicks, 1u);
}

TEST(PartitionCounter, CountsJsonAsItCountsBatches) {
  CountingOptions json = kSmall;
  json.record_format = RecordFormat::kJson;
  PartitionCounter from_json(Partition(0), json);
  PartitionCounter from_batches(Partition(0), kSmall);
  from_json.Begin(Offset(0));
  from_batches.Begin(Offset(0));
  // JSON has user ids, of which batches have the hash.
  for (const auto& record : MakeRecords(11, 100, {.known_user = 0})) {
    std::string lines;
    for (const auto& item : record.items) {
      Event event = item.event;
      event.event_id = item.event_id;
      if (!item.broken) AppendJson(event, lines);
      lines += item.broken ? "{\"event_id\":" : "\n";
    }
    from_json.Count(record.append_time, lines);
    from_batches.Count(record.append_time, record.payload);
  }
  EXPECT_EQ(from_json.Cut(), from_batches.Cut());
}

class Impressions {
 public:
  // One more, of a campaign at a time.
  Event& Add(uint64_t user_hash, uint32_t campaign = 1, int64_t time_ms = kNow) {
    ids_.push_back("i" + std::to_string(ids_.size()));
    Event event;
    event.event_id = ids_.back();
    event.time = EventTime(time_ms);
    event.dimensions = {1, campaign, 1, 1, Device::kOther, {}, {}};
    event.user_hash = user_hash;
    return events_.emplace_back(event);
  }
  Reach Count() const {
    std::string payload;
    for (const Event& event : events_) AppendToBatch(event, payload);
    PartitionCounter counter(Partition(0), kSmall);
    counter.Begin(Offset(0));
    counter.Count(AppendTime(kNow), payload);
    return counter.Cut().reach;
  }
  static constexpr int64_t kNow = 1'790'000'100'000;  // the first ms of a quarter of an hour

 private:
  std::deque<std::string> ids_;
  std::deque<Event> events_;
};

TEST(PartitionCounter, ReachIsWhoSawACampaignByQuartersOfAnHour) {
  constexpr int64_t kNow = Impressions::kNow;
  constexpr auto kQuarter = static_cast<uint32_t>(kNow / 900'000);
  static_assert(kNow % 900'000 == 0);
  Impressions impressions;
  for (const uint64_t user : {9, 5, 9, 0}) impressions.Add(user, 2);
  impressions.Add(5, 1);
  impressions.Add(UINT64_MAX, 2, kNow - 1);
  impressions.Add(7, 2, kNow + 899'999 - 700'000);
  const Reach expected{{{{kQuarter - 1, 1, 2}, 1}, {{kQuarter, 1, 1}, 2}, {{kQuarter, 1, 2}, 5}},
                       {UINT64_MAX, 5, 5, 7, 9}};
  EXPECT_EQ(impressions.Count(), expected);
}

TEST(PartitionCounter, OnlyValidImpressionsThatAreCountedReachAnyone) {
  Impressions impressions;
  impressions.Add(1).type = EventType::kClick;
  impressions.Add(2).invalid_reason = InvalidReason::kBot;
  impressions.Add(3, 1, Impressions::kNow - 25 * kMillisPerHour);  // late
  impressions.Add(4).event_id = "twice";
  impressions.Add(5).event_id = "twice";
  EXPECT_EQ(impressions.Count().users, std::vector<uint64_t>{4});
}

TEST(PartitionCounter, AUserIdOfJsonIsHashed) {
  CountingOptions json = kSmall;
  json.record_format = RecordFormat::kJson;
  PartitionCounter counter(Partition(0), json);
  counter.Begin(Offset(0));
  counter.Count(
      AppendTime(1'790'000'000'000),
      R"({"event_id":"a","type":"impression","timestamp":1790000000000,"advertiser_id":1,)"
      R"("campaign_id":1,"ad_group_id":1,"creative_id":1,"device":"tv","user_id":"me"})");
  EXPECT_EQ(counter.Cut().reach.users, std::vector<uint64_t>{HashBytes("me").low});
}

TEST(PartitionCounter, OffsetsWithoutARecordArePartOfACheckpoint) {
  const Records records = MakeRecords(5, 2);
  PartitionCounter counter(Partition(0), kSmall);
  counter.Begin(Offset(10));
  counter.SkipTo(Offset(10));
  EXPECT_TRUE(counter.empty());
  counter.SkipTo(Offset(12));
  counter.Count(records[0].append_time, records[0].payload);
  EXPECT_EQ(counter.end(), Offset(13));
  counter.Rollback();
  EXPECT_EQ(counter.end(), Offset(10));
  counter.SkipTo(Offset(12));
  counter.Count(records[0].append_time, records[0].payload);
  const Checkpoint checkpoint = counter.Cut();
  EXPECT_EQ(checkpoint.begin, Offset(10));
  EXPECT_EQ(checkpoint.end, Offset(13));
}

TEST(PartitionCounter, AJsonRecordThatIsNoEventIsOneRejected) {
  CountingOptions json = kSmall;
  json.record_format = RecordFormat::kJson;
  PartitionCounter counter(Partition(0), json);
  counter.Begin(Offset(0));
  const AppendTime now(1'790'000'000'000);
  counter.Count(now, "");
  counter.Count(now, "not json");
  const std::string conversion =
      R"({"event_id":"c","type":"conversion","timestamp":1790000000000,"click_id":"abc"})";
  counter.Count(now, conversion);  // whose click nobody resolved
  const Checkpoint checkpoint = counter.Cut();
  ASSERT_EQ(checkpoint.ledger.size(), 1u);
  EXPECT_EQ(checkpoint.ledger[0].received, 3u);
  EXPECT_EQ(checkpoint.ledger[0].rejected, 3u);
  EXPECT_TRUE(checkpoint.rows.empty());
}

}  // namespace
}  // namespace adtally
