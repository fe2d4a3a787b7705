#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace adtally {

// A few threads for work that would hold an I/O thread for too long. Thread-safe.
class WorkerPool {
 public:
  // At most `max_waiting` jobs wait for a thread. Both at least 1.
  WorkerPool(int threads, size_t max_waiting);
  // Runs what was taken, then ends the threads.
  ~WorkerPool();

  // False, and `job` is not run, when too many wait. Does not block.
  bool TryPost(std::function<void()> job);

 private:
  void Run();

  const size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> jobs_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace adtally
