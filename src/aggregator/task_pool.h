#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace adtally {

// Runs a fixed set of tasks on a few threads, a slice at a time: no task is run by two threads at
// once, and after each slice the next task in the line gets the thread, so that many tasks share
// the threads fairly. Tasks that have nothing to do cost nothing until they are woken.
//
// A task is a number below `tasks`; what it does is up to the slice function. Thread-safe.
class TaskPool {
 public:
  // What a slice says of its task's next one.
  struct Next {
    enum class When {
      kNow,         // at the end of the line
      kWhenWoken,   // when Wake was called since the slice began, or after delay_ms
      kAfterPause,  // after delay_ms, whoever wakes it
      kNever,
    };
    static constexpr int64_t kNoLimit = -1;

    When when;
    int64_t delay_ms = 0;

    static Next Now() { return {When::kNow}; }
    static Next WhenWoken(int64_t within_ms = kNoLimit) { return {When::kWhenWoken, within_ms}; }
    static Next AfterPause(int64_t ms) { return {When::kAfterPause, ms}; }
    static Next Never() { return {When::kNever}; }
  };
  // Runs one slice of a task. Called by one thread at a time per task.
  using Slice = std::function<Next(size_t task)>;

  TaskPool(size_t tasks, Slice slice);
  // Stops.
  ~TaskPool();

  // Starts the threads, once: all tasks are in the line. At least 1; not more than there are tasks
  // are started.
  void Start(int threads);

  // Has a task run that waits to be woken; one that runs is run again after its slice. Without
  // effect on the others.
  void Wake(size_t task);
  void WakeAll();
  // WakeAll, and ends the pauses too.
  void WakeAllNow();

  // Waits until every task said kNever, or the pool is stopped.
  void WaitUntilDone();

  // Lets slices under way end and begins no other; returns when the threads have ended.
  void Stop();

 private:
  enum class State { kReady, kRunning, kWaiting, kPausing, kDone };
  struct Task {
    State state = State::kReady;
    bool woken = false;     // since the slice under way began
    int64_t due_us = kNot;  // when timers_ has it
  };
  static constexpr int64_t kNot = -1;

  void RunTasks();
  void KeepTime();
  // The rest with mutex_ held.
  void Settle(size_t task, Next next);
  void MakeReady(size_t task);
  void WakeLocked(size_t task);
  void SetTimer(size_t task, int64_t delay_ms);

  const Slice slice_;
  std::mutex mutex_;
  std::condition_variable ready_changed_;   // a task is ready, or stopping
  std::condition_variable timers_changed_;  // the first timer changed, or stopping
  std::condition_variable all_done_;
  std::vector<Task> tasks_;
  std::deque<size_t> ready_;                     // the line
  std::set<std::pair<int64_t, size_t>> timers_;  // (when due, task)
  size_t done_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;  // and the timekeeper
};

}  // namespace adtally
