#include "generator/client_worker.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <thread>

#include "event/protobuf_codec.h"

namespace adtally {
namespace {

constexpr int64_t kStart = 1'790'000'000'000;

class FixedClock final : public Clock {
 public:
  int64_t NowMs() const override { return kStart; }
  int64_t MonotonicMicros() const override { return 0; }
};

// Takes every batch, but loses the answer of each tenth one: the client must send it again.
class ForgetfulTarget final : public BatchTarget {
 public:
  explicit ForgetfulTarget(std::vector<std::string>& taken) : taken_(taken) {}

  Result<http::Response> Send(std::string_view body) override {
    taken_.emplace_back(body);
    if (++sends_ % 10 == 0) return Error{ErrorCode::kUnavailable, "the connection was reset"};
    return http::Response{202, R"({"accepted":1,"rejected":0})", {}};
  }

 private:
  std::vector<std::string>& taken_;
  int sends_ = 0;
};

struct Outcome {
  std::vector<std::vector<std::string>> batches;  // by client
  Truth truth;
  uint64_t events = 0, duplicates = 0, late = 0;
};

GeneratorOptions Options() {
  GeneratorOptions options;
  options.to = "unused";
  options.events = 20'000;
  options.clients = 3;
  options.batch = 400;
  options.campaigns = 200;
  options.duplicates = 0.05;
  options.late = 0.02;
  options.start_ms = kStart;
  options.format = GeneratorFormat::kProtobuf;
  options.truth_path = "unused";
  return options;
}

Outcome RunClients(const GeneratorOptions& options) {
  FixedClock clock;
  GeneratorRun run(options, clock, NullLogger());
  Outcome outcome;
  outcome.batches.resize(options.clients);
  std::vector<std::unique_ptr<ClientWorker>> workers;
  for (uint32_t c = 0; c < options.clients; ++c) {
    workers.push_back(std::make_unique<ClientWorker>(
        run, c, std::make_unique<ForgetfulTarget>(outcome.batches[c])));
  }
  // One after the other, so that what goes through mailboxes is the same in each run.
  for (auto& worker : workers) EXPECT_TRUE(worker->Run().ok());
  for (auto& worker : workers) {
    EXPECT_TRUE(worker->SendLeftovers().ok());
    outcome.truth.Merge(worker->truth());
  }
  outcome.events = run.events;
  outcome.duplicates = run.duplicates;
  outcome.late = run.late;
  return outcome;
}

// Every event of every batch, with the batch it came in.
void ForEach(const std::vector<std::string>& batches,
             const std::function<void(const Event&, size_t)>& use) {
  for (size_t i = 0; i < batches.size(); ++i) {
    EventBatchReader reader(batches[i]);
    Event event;
    EventField bad;
    while (reader.Next(event, bad)) {
      ASSERT_EQ(bad, EventField::kNone);
      use(event, i);
    }
  }
}

TEST(ClientWorker, TruthIsADirectCountOfUniqueEventsAndRepeats) {
  const Outcome outcome = RunClients(Options());
  std::set<std::string> seen;
  std::map<Truth::Key, Truth::Sums> counted;
  std::map<Truth::Key, Truth::Repeats> repeated;
  for (const auto& batches : outcome.batches) {
    ForEach(batches, [&](const Event& e, size_t i) {
      // What was sent again because its answer was lost is no repeat of the generator's.
      if (i > 0 && batches[i] == batches[i - 1]) return;
      const Truth::Key key{e.time.value / 60'000, e.dimensions};
      if (!seen.insert(std::string(e.event_id)).second) {
        Truth::Repeats& repeats = repeated[key];
        if (e.type == EventType::kImpression) repeats.impressions += 1;
        if (e.type == EventType::kClick) repeats.clicks += 1;
        if (e.type == EventType::kConversion) repeats.conversions += 1;
        return;
      }
      Truth::Sums& sums = counted[key];
      if (e.type == EventType::kImpression) sums.impressions += 1;
      if (e.type == EventType::kClick) sums.clicks += 1;
      if (e.type == EventType::kConversion) sums.conversions += 1;
      sums.spend_micros += e.cost_micros;
      sums.conversion_value_micros += e.value_micros;
    });
  }
  EXPECT_EQ(seen.size(), 20'000u);
  EXPECT_EQ(outcome.events, 20'000u);
  EXPECT_EQ(counted, (std::map(outcome.truth.rows().begin(), outcome.truth.rows().end())));
  EXPECT_GT(repeated.size(), 500u);
  EXPECT_EQ(repeated, outcome.truth.repeats());
  EXPECT_NEAR(static_cast<double>(outcome.late) / 20'000, 0.02, 0.005);
}

TEST(ClientWorker, RepeatsAreTheSameEventsAgain) {
  GeneratorOptions options = Options();
  const Outcome outcome = RunClients(options);
  EXPECT_NEAR(static_cast<double>(outcome.duplicates) / 20'000, 0.05, 0.006);

  std::map<std::string, std::pair<std::string, std::set<std::pair<size_t, size_t>>>> sent;
  uint64_t in_same_batch = 0, by_other_client = 0;
  for (size_t c = 0; c < outcome.batches.size(); ++c) {
    ForEach(outcome.batches[c], [&](const Event& e, size_t batch) {
      std::string content;
      AppendToBatch(e, content);
      auto& [first_content, places] = sent[std::string(e.event_id)];
      if (first_content.empty()) first_content = content;
      ASSERT_EQ(first_content, content);
      if (!places.insert({c, batch}).second) ++in_same_batch;
    });
  }
  for (const auto& [id, content_and_places] : sent) {
    std::set<size_t> clients;
    for (const auto& [c, batch] : content_and_places.second) clients.insert(c);
    if (clients.size() > 1) ++by_other_client;
  }
  EXPECT_GT(in_same_batch, 100u);
  EXPECT_GT(by_other_client, 40u);
}

TEST(ClientWorker, TheSameOptionsGiveTheSameBatches) {
  EXPECT_EQ(RunClients(Options()).batches, RunClients(Options()).batches);
}

TEST(ClientWorker, RepeatsDoNotChangeTheEvents) {
  GeneratorOptions without = Options();
  without.duplicates = 0;
  const Outcome outcome = RunClients(without);
  EXPECT_EQ(outcome.duplicates, 0u);
  EXPECT_EQ(outcome.truth.rows(), RunClients(Options()).truth.rows());
}

TEST(ClientWorker, EverythingCanBeRepeated) {
  GeneratorOptions all = Options();
  all.events = 3'000;
  all.duplicates = 1;
  const Outcome outcome = RunClients(all);
  EXPECT_EQ(outcome.events, 3'000u);
  EXPECT_EQ(outcome.duplicates, 3'000u);
}

TEST(ClientWorker, EventTimesFollowTheRateFromTheStart) {
  GeneratorOptions options = Options();
  options.late = 0;
  options.rate = 1000;
  options.events = 90;
  const Outcome outcome = RunClients(options);
  int64_t last = 0;
  for (const auto& batches : outcome.batches) {
    ForEach(batches, [&](const Event& e, size_t) { last = std::max(last, e.time.value); });
  }
  EXPECT_EQ(last, kStart + 89);
}

TEST(ClientWorker, StopsWhenAsked) {
  GeneratorOptions options = Options();
  FixedClock clock;
  GeneratorRun run(options, clock, NullLogger());
  run.stop.request_stop();
  std::vector<std::string> taken;
  ClientWorker worker(run, 0, std::make_unique<ForgetfulTarget>(taken));
  EXPECT_TRUE(worker.Run().ok());
  EXPECT_TRUE(taken.empty());
}

}  // namespace
}  // namespace adtally
