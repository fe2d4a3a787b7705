#include "reporting/stream_slots.h"

#include <gtest/gtest.h>

#include <vector>

namespace adtally {
namespace {

TEST(StreamSlots, AKeyHasItsShareOfThem) {
  StreamSlots slots({.total = 3, .per_key = 2}, "report files", "api.x");
  auto a = slots.Take("a");
  auto b = slots.Take("a");
  ASSERT_TRUE(a.ok() && b.ok());
  const auto more = slots.Take("a");
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(more.error().message,
            "this key has 2 report files open already; end one of them, or have api.x raised");
  auto other = slots.Take("b");
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(slots.Take("c").error().code, ErrorCode::kUnavailable);  // all are taken
  *a = nullptr;
  EXPECT_TRUE(slots.Take("c").ok());  // and given back at once
  EXPECT_TRUE(slots.Take("a").ok());
}

TEST(StreamSlots, CopiesHoldOneSlot) {
  StreamSlots slots({.total = 1, .per_key = 1}, "report files", "api.x");
  auto slot = slots.Take("a");
  ASSERT_TRUE(slot.ok());
  std::vector<StreamSlots::Slot> copies(3, *slot);
  *slot = nullptr;
  EXPECT_FALSE(slots.Take("a").ok());
  copies.clear();
  EXPECT_TRUE(slots.Take("a").ok());
}

}  // namespace
}  // namespace adtally
