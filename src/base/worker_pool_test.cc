#include "base/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace adtally {
namespace {

TEST(WorkerPool, RefusesWhenFullAndFinishesWhatItTook) {
  std::atomic<int> ran = 0;
  int taken = 0;
  {
    std::promise<void> started;
    std::promise<void> gate;
    std::shared_future<void> open = gate.get_future().share();
    WorkerPool pool(1, 2);
    ASSERT_TRUE(pool.TryPost([&] {
      started.set_value();
      open.wait();
      ++ran;
    }));
    started.get_future().wait();
    taken = 1;
    while (pool.TryPost([&] { ++ran; })) ++taken;
    EXPECT_EQ(taken, 3);  // one runs, two wait
    gate.set_value();
  }
  EXPECT_EQ(ran, taken);
}

}  // namespace
}  // namespace adtally
