#include "log/kafka_group.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>

#include "log/kafka_group_view.h"

namespace adtally {
namespace {

using std::chrono::milliseconds;

constexpr int kPollMs = 100;
constexpr milliseconds kCheckEvery(1000);
constexpr milliseconds kAskEvery(5000);
constexpr int kAskTimeoutMs = 1000;
// Progress is not told so shortly after a change: librdkafka 2.0 gives a whole assignment up when
// such a message meets the next round of the same rebalance.
constexpr milliseconds kQuietAfterChange(3000);
constexpr milliseconds kBeforeJoiningAgain(1000);
// What leaving waits for: the last call of `assigned` comes on top.
constexpr milliseconds kLeaveTimeout(5000);

using List = std::unique_ptr<rd_kafka_topic_partition_list_t,
                             decltype(&rd_kafka_topic_partition_list_destroy)>;
using KafkaErrorPtr = std::unique_ptr<rd_kafka_error_t, decltype(&rd_kafka_error_destroy)>;

std::string Names(const std::set<Partition>& partitions) {
  std::vector<uint32_t> numbers;
  for (const Partition partition : partitions) numbers.push_back(partition.value);
  return numbers.empty() ? "no partitions" : fmt::format("partitions {}", fmt::join(numbers, ", "));
}

}  // namespace

Result<std::unique_ptr<KafkaGroup>> KafkaGroup::Join(const KafkaGroupOptions& options,
                                                     Assigned assigned, Progress progress,
                                                     Logger& logger) {
  std::unique_ptr<KafkaGroup> group(
      new KafkaGroup(options, std::move(assigned), std::move(progress), logger));
  ADTALLY_TRY(group->Connect());
  group->thread_ = std::thread([raw = group.get()] { raw->Run(); });
  return group;
}

KafkaGroup::KafkaGroup(const KafkaGroupOptions& options, Assigned assigned, Progress progress,
                       Logger& logger)
    : options_(options),
      assigned_(std::move(assigned)),
      progress_(std::move(progress)),
      logger_(logger) {}

KafkaGroup::~KafkaGroup() {
  Leave();
}

void KafkaGroup::Leave() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::string KafkaGroup::NotJoined() const {
  std::lock_guard lock(mutex_);
  return problem_;
}

void KafkaGroup::SetProblem(std::string problem) {
  std::lock_guard lock(mutex_);
  problem_ = std::move(problem);
}

Result<void> KafkaGroup::Connect() {
  callbacks_ = std::make_unique<KafkaCallbacks>(logger_);
  callbacks_->rebalance = [this](int event, rd_kafka_topic_partition_list_t* changed) {
    OnRebalance(event, changed);
  };
  settled_ = false;
  differed_ = false;
  ADTALLY_ASSIGN(client_, MakeKafkaClient(KafkaClientKind::kConsumer, options_.log,
                                          KafkaGroupSettings(options_), *callbacks_));
  rd_kafka_poll_set_consumer(client_.get());
  const List topics(rd_kafka_topic_partition_list_new(1), &rd_kafka_topic_partition_list_destroy);
  rd_kafka_topic_partition_list_add(topics.get(), options_.log.topic.c_str(),
                                    RD_KAFKA_PARTITION_UA);
  const auto error = rd_kafka_subscribe(client_.get(), topics.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return KafkaError(options_.log, "joining group " + options_.group, error);
  }
  return {};
}

void KafkaGroup::Run() {
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    if (client_ == nullptr) {
      auto connected = Connect();
      if (!connected.ok()) StartAgain(connected.error().message, kBeforeJoiningAgain);
      continue;
    }
    Poll();
    CheckFatal();
    CheckAssignment();
    CheckWithCoordinator();
    ReportProgress();
  }
  Close();
}

// Runs OnRebalance, and tells what goes wrong with the membership.
void KafkaGroup::Poll() {
  rd_kafka_message_t* message = rd_kafka_consumer_poll(client_.get(), kPollMs);
  if (message == nullptr) return;
  // Of a partition it would be about fetching, which is not done here.
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && message->rkt == nullptr) {
    const char* reason = rd_kafka_message_errstr(message);
    logger_.Warning(fmt::format("consumer group {}: {}", options_.group, reason));
    if (!settled_) SetProblem(fmt::format("joining consumer group {}: {}", options_.group, reason));
  }
  rd_kafka_message_destroy(message);
}

void KafkaGroup::OnRebalance(int event, rd_kafka_topic_partition_list_t* changed) {
  changed_at_ = Steady::now();
  settled_ = true;
  switch (event) {
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
      return Take(changed);
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
      return GiveUp(changed);
    default:
      GiveUpAll();
      rd_kafka_assign(client_.get(), nullptr);
  }
}

void KafkaGroup::Take(rd_kafka_topic_partition_list_t* added) {
  // Where to read from is not asked for: nothing is read.
  for (int i = 0; i < added->cnt; ++i) added->elems[i].offset = RD_KAFKA_OFFSET_END;
  const KafkaErrorPtr failed(rd_kafka_incremental_assign(client_.get(), added),
                             &rd_kafka_error_destroy);
  if (failed != nullptr) {
    // CheckAssignment sees the difference and joins anew.
    logger_.Error(fmt::format("consumer group {}: taking partitions: {}", options_.group,
                              rd_kafka_error_string(failed.get())));
    return;
  }
  rd_kafka_pause_partitions(client_.get(), added);
  partitions_.merge(PartitionsOf(*added));
  SetProblem("");
  Announce();
}

void KafkaGroup::GiveUp(rd_kafka_topic_partition_list_t* revoked) {
  const bool lost = rd_kafka_assignment_lost(client_.get()) != 0;
  for (const Partition partition : PartitionsOf(*revoked)) partitions_.erase(partition);
  if (lost) {
    SetProblem(
        fmt::format("consumer group {} does not count this process as a member any more: "
                    "joining again",
                    options_.group));
    logger_.Warning(NotJoined());
  }
  // Others may take them as soon as librdkafka knows that they are given up.
  Announce();
  const KafkaErrorPtr failed(rd_kafka_incremental_unassign(client_.get(), revoked),
                             &rd_kafka_error_destroy);
  if (failed == nullptr) return;
  logger_.Error(fmt::format("consumer group {}: giving partitions up: {}", options_.group,
                            rd_kafka_error_string(failed.get())));
}

void KafkaGroup::GiveUpAll() {
  partitions_.clear();
  Announce();
}

void KafkaGroup::Announce() {
  if (announced_ == partitions_) return;
  announced_ = partitions_;
  logger_.Info(
      fmt::format("consumer group {}: this process has {}", options_.group, Names(partitions_)));
  assigned_({partitions_.begin(), partitions_.end()});
}

void KafkaGroup::CheckFatal() {
  std::array<char, 512> reason{};
  const auto fatal = rd_kafka_fatal_error(client_.get(), reason.data(), reason.size());
  if (fatal == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  if (fatal != RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
    return StartAgain(reason.data(), kBeforeJoiningAgain);
  }
  // Who came later has the place. Were it taken back at once, both would take turns for ever.
  StartAgain(fmt::format("another process joined as aggregator.instance \"{}\": give each its own",
                         options_.instance),
             milliseconds(10 * options_.session_timeout_ms));
}

// What librdkafka believes to be assigned must be what was announced.
void KafkaGroup::CheckAssignment() {
  if (client_ == nullptr || Steady::now() - checked_at_ < kCheckEvery) return;
  checked_at_ = Steady::now();
  rd_kafka_topic_partition_list_t* answer = nullptr;
  if (rd_kafka_assignment(client_.get(), &answer) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const List list(answer, &rd_kafka_topic_partition_list_destroy);
  if (PartitionsOf(*list) == partitions_) return;
  StartAgain("the client lost its assignment", kBeforeJoiningAgain);
}

// The coordinator must believe the same: librdkafka 2.0 is known to lose an assignment, whose
// partitions nobody would then count.
void KafkaGroup::CheckWithCoordinator() {
  const auto now = Steady::now();
  if (client_ == nullptr || !settled_ || now - asked_at_ < kAskEvery) return;
  const auto asked_before = std::exchange(asked_at_, now);
  const auto believed =
      AskCoordinator(client_.get(), options_.group, MemberIdOf(client_.get()), kAskTimeoutMs);
  const bool differs = believed && *believed != partitions_;
  const bool differed = std::exchange(differed_, differs);
  // Twice in a row without a change in between: it is not just on its way.
  if (differs && differed && changed_at_ < asked_before) {
    StartAgain(fmt::format("the coordinator has {} for it", Names(*believed)), kBeforeJoiningAgain);
  }
}

void KafkaGroup::ReportProgress() {
  const auto now = Steady::now();
  if (client_ == nullptr || partitions_.empty() || now - changed_at_ < kQuietAfterChange) return;
  if (now - reported_at_ < milliseconds(options_.report_every_ms)) return;
  reported_at_ = now;
  const List offsets(rd_kafka_topic_partition_list_new(1), &rd_kafka_topic_partition_list_destroy);
  for (const auto& [partition, offset] : progress_()) {
    if (!partitions_.contains(partition)) continue;
    rd_kafka_topic_partition_list_add(offsets.get(), options_.log.topic.c_str(),
                                      static_cast<int32_t>(partition.value))
        ->offset = static_cast<int64_t>(offset.value);
  }
  // Only a hint: nobody waits for it, and the next one makes up for one that fails.
  if (offsets->cnt > 0) rd_kafka_commit(client_.get(), offsets.get(), 1);
}

void KafkaGroup::StartAgain(const std::string& reason, milliseconds pause) {
  const std::string problem =
      fmt::format("consumer group {}: {}: joining again", options_.group, reason);
  logger_.Error(problem);
  Close();
  SetProblem(problem);
  std::unique_lock lock(mutex_);
  stop_changed_.wait_for(lock, pause, [&] { return stopping_; });
}

void KafkaGroup::Close() {
  if (client_ == nullptr) return;
  const auto deadline = Steady::now() + kLeaveTimeout;
  // librdkafka 2.0 crashes when a client is closed or destroyed between joining and the first
  // answer to what it has.
  while (!MemberIdOf(client_.get()).empty() && !settled_ && Steady::now() < deadline) Poll();
  bool closed = false;
  if (settled_) {
    rd_kafka_queue_t* queue = rd_kafka_queue_new(client_.get());
    const KafkaErrorPtr failed(rd_kafka_consumer_close_queue(client_.get(), queue),
                               &rd_kafka_error_destroy);
    const auto close_deadline = Steady::now() + kLeaveTimeout;
    while (failed == nullptr && !closed && Steady::now() < close_deadline) {
      rd_kafka_queue_poll_callback(queue, kPollMs);
      closed = rd_kafka_consumer_closed(client_.get()) != 0;
    }
    rd_kafka_queue_destroy(queue);
  }
  if (!partitions_.empty()) GiveUpAll();
  if (closed || MemberIdOf(client_.get()).empty()) {
    client_.reset();
    return;
  }
  // It may hang or crash when it is destroyed, so it stays, without a word, until the process ends.
  callbacks_->rebalance = [](int, rd_kafka_topic_partition_list_t*) {};
  rd_kafka_set_log_level(client_.get(), 0);
  static_cast<void>(client_.release());
  static_cast<void>(callbacks_.release());
}

}  // namespace adtally
