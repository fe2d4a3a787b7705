#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/strong.h"
#include "log/kafka_client.h"
#include "log/kafka_group_options.h"

namespace adtally {

// Membership in a consumer group: which partitions of the events this process is to count.
//
// It has a client of its own that fetches nothing: everything assigned is paused, and KafkaLog
// reads. The assignor is cooperative-sticky, so a partition that stays with a member is never
// interrupted.
//
// Exact counting does not depend on it. A process that was stopped, cut off or slow may go on for a
// while with partitions that others have (a zombie), because it has not noticed yet. That is
// harmless: where checkpoints end is decided by the first boundary in the log, so both count the
// same checkpoints, and delivering one twice is a no-op. It only costs the work. In the same way
// the offsets that it commits are a hint for Kafka's own tools, which show the lag from them; they
// are never read back, since progress is in the store.
class KafkaGroup {
 public:
  // All partitions that this process has from now on. When a call leaves some out, they go to
  // others once it returned. From the group's thread, one call at a time.
  using Assigned = std::function<void(std::vector<Partition>)>;
  // How far which partitions are delivered.
  using Progress = std::function<std::vector<std::pair<Partition, Offset>>()>;

  // Starts to join, and joins again by itself whatever happens. Errors are of the options. The
  // logger outlives it.
  static Result<std::unique_ptr<KafkaGroup>> Join(const KafkaGroupOptions& options,
                                                  Assigned assigned, Progress progress,
                                                  Logger& logger);
  // Gives up all partitions and leaves, as Leave does.
  ~KafkaGroup();

  // `assigned` is called with no partitions, then the group is left: at once without
  // options.instance, after the session timeout with one. Blocks for some seconds at most.
  void Leave();

  // Why this process has no place in the group now, in a sentence; "" when it has one, be it with
  // no partitions. Thread-safe.
  std::string NotJoined() const;

 private:
  using Steady = std::chrono::steady_clock;

  KafkaGroup(const KafkaGroupOptions& options, Assigned assigned, Progress progress,
             Logger& logger);
  Result<void> Connect();
  void Run();
  void Poll();
  void OnRebalance(int event, rd_kafka_topic_partition_list_s* changed);
  void Take(rd_kafka_topic_partition_list_s* added);
  void GiveUp(rd_kafka_topic_partition_list_s* revoked);
  void GiveUpAll();
  void Announce();
  void CheckFatal();
  void CheckAssignment();
  void CheckWithCoordinator();
  void ReportProgress();
  void StartAgain(const std::string& reason, std::chrono::milliseconds pause);
  void Close();
  void SetProblem(std::string problem);

  const KafkaGroupOptions options_;
  const Assigned assigned_;
  const Progress progress_;
  Logger& logger_;

  // Of the thread.
  std::unique_ptr<KafkaCallbacks> callbacks_;
  KafkaClient client_;
  std::set<Partition> partitions_;
  std::optional<std::set<Partition>> announced_;
  bool settled_ = false;  // the client was told at least once what it has
  Steady::time_point changed_at_{};
  Steady::time_point checked_at_{};
  Steady::time_point asked_at_{};
  bool differed_ = false;  // the coordinator's answer, when it was asked last
  Steady::time_point reported_at_{};

  mutable std::mutex mutex_;
  std::condition_variable stop_changed_;
  bool stopping_ = false;
  std::string problem_ = "joining the consumer group";
  std::thread thread_;
};

}  // namespace adtally
