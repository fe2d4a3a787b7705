#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace adtally {

// Calls a function at once and then again and again, with a pause in between, from a thread of its
// own, until it is destroyed, which waits for a call under way.
class BackgroundTask {
 public:
  BackgroundTask(std::chrono::milliseconds pause, std::function<void()> task)
      : thread_([this, pause, task = std::move(task)](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          while (!stop.stop_requested()) {
            task();
            changed_.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); });
          }
        }) {}

 private:
  std::mutex mutex_;  // of the thread alone
  std::condition_variable_any changed_;
  std::jthread thread_;  // stops before the others are gone
};

}  // namespace adtally
