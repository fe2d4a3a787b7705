#include "aggregator/task_pool.h"

#include <algorithm>
#include <chrono>

#include "base/check.h"
#include "base/clock.h"

namespace adtally {
namespace {

// Threads sleep by the machine's clock, whatever clock the tasks go by.
int64_t NowMicros() {
  return SystemClock().MonotonicMicros();
}

}  // namespace

TaskPool::TaskPool(size_t tasks, Slice slice) : slice_(std::move(slice)), tasks_(tasks) {
  for (size_t task = 0; task < tasks; ++task) ready_.push_back(task);
}

TaskPool::~TaskPool() {
  Stop();
}

void TaskPool::Start(int threads) {
  ADTALLY_CHECK(threads > 0 && threads_.empty(), "a task pool is started once, with threads");
  const size_t count = std::min(static_cast<size_t>(threads), tasks_.size());
  threads_.emplace_back([this] { KeepTime(); });
  for (size_t i = 0; i < count; ++i) threads_.emplace_back([this] { RunTasks(); });
}

void TaskPool::RunTasks() {
  std::unique_lock lock(mutex_);
  while (true) {
    ready_changed_.wait(lock, [&] { return stopping_ || !ready_.empty(); });
    if (stopping_) return;
    const size_t task = ready_.front();
    ready_.pop_front();
    tasks_[task].state = State::kRunning;
    tasks_[task].woken = false;
    lock.unlock();
    const Next next = slice_(task);
    lock.lock();
    Settle(task, next);
  }
}

void TaskPool::KeepTime() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (timers_.empty()) {
      timers_changed_.wait(lock);
      continue;
    }
    const auto [due_us, task] = *timers_.begin();
    const int64_t wait_us = due_us - NowMicros();
    if (wait_us > 0) {
      timers_changed_.wait_for(lock, std::chrono::microseconds(wait_us));
    } else {
      MakeReady(task);
    }
  }
}

void TaskPool::Settle(size_t task, Next next) {
  Task& settled = tasks_[task];
  switch (next.when) {
    case Next::When::kNow:
      return MakeReady(task);
    case Next::When::kWhenWoken:
      if (settled.woken) return MakeReady(task);
      settled.state = State::kWaiting;
      if (next.delay_ms != Next::kNoLimit) SetTimer(task, next.delay_ms);
      return;
    case Next::When::kAfterPause:
      settled.state = State::kPausing;
      SetTimer(task, next.delay_ms);
      return;
    case Next::When::kNever:
      settled.state = State::kDone;
      if (++done_ == tasks_.size()) all_done_.notify_all();
      return;
  }
}

void TaskPool::MakeReady(size_t task) {
  Task& ready = tasks_[task];
  if (ready.due_us != kNot) timers_.erase({ready.due_us, task});
  ready.due_us = kNot;
  ready.state = State::kReady;
  ready_.push_back(task);
  ready_changed_.notify_one();
}

void TaskPool::SetTimer(size_t task, int64_t delay_ms) {
  tasks_[task].due_us = NowMicros() + delay_ms * 1000;
  timers_.insert({tasks_[task].due_us, task});
  if (timers_.begin()->second == task) timers_changed_.notify_one();
}

void TaskPool::WakeLocked(size_t task) {
  if (tasks_[task].state == State::kWaiting) MakeReady(task);
  if (tasks_[task].state == State::kRunning) tasks_[task].woken = true;
}

void TaskPool::Wake(size_t task) {
  std::lock_guard lock(mutex_);
  WakeLocked(task);
}

void TaskPool::WakeAll() {
  std::lock_guard lock(mutex_);
  for (size_t task = 0; task < tasks_.size(); ++task) WakeLocked(task);
}

void TaskPool::WakeAllNow() {
  std::lock_guard lock(mutex_);
  for (size_t task = 0; task < tasks_.size(); ++task) {
    WakeLocked(task);
    if (tasks_[task].state == State::kPausing) MakeReady(task);
  }
}

void TaskPool::WaitUntilDone() {
  std::unique_lock lock(mutex_);
  all_done_.wait(lock, [&] { return stopping_ || done_ == tasks_.size(); });
}

void TaskPool::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    ready_changed_.notify_all();
    timers_changed_.notify_all();
    all_done_.notify_all();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace adtally
