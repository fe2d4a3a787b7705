#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace adtally {

// A number that cannot be mixed up with another kind of number.
// Adding a plain count keeps the kind; subtracting two of a kind gives a plain count.
template <class Tag, class Rep>
struct Strong {
  using rep = Rep;
  Rep value{};

  constexpr Strong() = default;
  explicit constexpr Strong(Rep v) : value(v) {}
  friend constexpr auto operator<=>(Strong, Strong) = default;
  friend constexpr Strong operator+(Strong a, Rep n) { return Strong(a.value + n); }
  friend constexpr Strong operator-(Strong a, Rep n) { return Strong(a.value - n); }
  friend constexpr Rep operator-(Strong a, Strong b) { return a.value - b.value; }
  constexpr Strong& operator++() {
    ++value;
    return *this;
  }
};

// A partition of the event log, counted from 0.
using Partition = Strong<struct PartitionTag, uint32_t>;
// The place of a record in its partition, counted from 0.
using Offset = Strong<struct OffsetTag, uint64_t>;
// When the event happened, by its sender's clock: ms since the Unix epoch.
using EventTime = Strong<struct EventTimeTag, int64_t>;
// When the log took the record, by the log's clock: ms since the Unix epoch. Never falls within a
// partition.
using AppendTime = Strong<struct AppendTimeTag, int64_t>;
// A minute of event or append time: minutes since the Unix epoch.
using Minute = Strong<struct MinuteTag, uint32_t>;

inline constexpr uint32_t kSecondsPerMinute = 60;
inline constexpr uint32_t kMinutesPerHour = 60;
inline constexpr uint32_t kSecondsPerQuarter = 900;  // of an hour
inline constexpr int64_t kSecondsPerDay = 86'400;
inline constexpr int64_t kMillisPerSecond = 1000;
inline constexpr int64_t kMillisPerMinute = 60 * kMillisPerSecond;
inline constexpr int64_t kMillisPerQuarter = 15 * kMillisPerMinute;  // of an hour
inline constexpr int64_t kMillisPerHour = 60 * kMillisPerMinute;

}  // namespace adtally

template <class Tag, class Rep>
struct std::hash<adtally::Strong<Tag, Rep>> {
  size_t operator()(adtally::Strong<Tag, Rep> v) const noexcept {
    return std::hash<Rep>()(v.value);
  }
};
