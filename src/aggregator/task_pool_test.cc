#include "aggregator/task_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace adtally {
namespace {

using Next = TaskPool::Next;

void Sleep(int ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

TEST(TaskPoolTest, EachTaskIsRunByOneThreadAtATime) {
  constexpr size_t kTasks = 20;
  constexpr int kSlices = 200;
  struct State {
    std::atomic<bool> running = false;
    int slices = 0;  // guarded by the pool: TSan looks
  };
  std::vector<State> states(kTasks);
  TaskPool pool(kTasks, [&](size_t task) {
    EXPECT_FALSE(states[task].running.exchange(true));
    const int slices = ++states[task].slices;
    states[task].running = false;
    if (slices == kSlices) return Next::Never();
    return slices % 3 == 0 ? Next::WhenWoken(0) : Next::Now();
  });
  pool.Start(4);
  for (int i = 0; i < 100; ++i) pool.WakeAll();
  pool.WaitUntilDone();
  for (const State& state : states) EXPECT_EQ(state.slices, kSlices);
}

TEST(TaskPoolTest, TasksTakeTurns) {
  std::vector<size_t> order;
  TaskPool pool(3, [&](size_t task) {
    order.push_back(task);
    return order.size() < 9 ? Next::Now() : Next::Never();
  });
  pool.Start(1);
  pool.WaitUntilDone();
  EXPECT_EQ(order, (std::vector<size_t>{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1}));
}

TEST(TaskPoolTest, AWaitingTaskRunsWhenItIsWoken) {
  std::atomic<int> slices = 0;
  TaskPool pool(1, [&](size_t) { return ++slices < 2 ? Next::WhenWoken() : Next::Never(); });
  pool.Start(1);
  while (slices == 0) Sleep(1);
  Sleep(5);
  EXPECT_EQ(slices, 1);
  pool.Wake(0);
  pool.WaitUntilDone();
  EXPECT_EQ(slices, 2);
}

TEST(TaskPoolTest, AWakeDuringTheSliceIsNotLost) {
  int slices = 0;
  TaskPool* self = nullptr;
  TaskPool pool(1, [&](size_t task) {
    if (++slices == 2) return Next::Never();
    self->Wake(task);
    return Next::WhenWoken();
  });
  self = &pool;
  pool.Start(1);
  pool.WaitUntilDone();
  EXPECT_EQ(slices, 2);
}

TEST(TaskPoolTest, AWaitEndsByItself) {
  std::atomic<int> slices = 0;
  TaskPool pool(2, [&](size_t task) {
    ++slices;
    // The second timer is due before the first.
    return slices <= 2 ? Next::WhenWoken(task == 0 ? 30 : 10) : Next::Never();
  });
  const auto started = std::chrono::steady_clock::now();
  pool.Start(1);
  pool.WaitUntilDone();
  EXPECT_EQ(slices, 4);
  EXPECT_GE(std::chrono::steady_clock::now() - started, std::chrono::milliseconds(29));
}

TEST(TaskPoolTest, OnlyWakeAllNowEndsAPause) {
  std::atomic<int> slices = 0;
  TaskPool pool(1, [&](size_t) { return ++slices < 2 ? Next::AfterPause(60'000) : Next::Never(); });
  pool.Start(1);
  while (slices == 0) Sleep(1);
  pool.Wake(0);
  pool.WakeAll();
  Sleep(10);
  EXPECT_EQ(slices, 1);
  pool.WakeAllNow();
  pool.WaitUntilDone();
  EXPECT_EQ(slices, 2);
}

TEST(TaskPoolTest, StoppingWaitsForNoTimer) {
  std::atomic<int> slices = 0;
  TaskPool pool(5, [&](size_t) {
    ++slices;
    return Next::AfterPause(60'000);
  });
  pool.Start(2);
  while (slices < 5) Sleep(1);
  pool.Stop();
  pool.WaitUntilDone();  // returns, although none said that it is done
  pool.Wake(0);
  EXPECT_EQ(slices, 5);
}

}  // namespace
}  // namespace adtally
