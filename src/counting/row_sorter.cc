#include "counting/row_sorter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace adtally {
namespace {

constexpr int kDigitBits = 11;
constexpr size_t kDigits = size_t{1} << kDigitBits;
constexpr size_t kMaxPasses = 6;
// Fewer rows are sorted by comparing.
constexpr size_t kMinRadix = 512;

constexpr int kMaxPrefixBits = 63;  // so that a shift by one run's bits is defined

using Key = std::array<uint64_t, 3>;

Key KeyAt(const std::byte* rows, size_t stride, size_t row) {
  Key key;
  std::memcpy(&key, rows + row * stride, sizeof(key));
  return key;
}

// Packs the bits of keys that differ between rows, the most significant first, as many as fit.
class PrefixPacker {
 public:
  PrefixPacker(const std::byte* rows, size_t count, size_t stride) {
    const Key first = KeyAt(rows, stride, 0);
    Key differ{};
    for (size_t row = 1; row < count; ++row) {
      const Key key = KeyAt(rows, stride, row);
      for (size_t word = 0; word < key.size(); ++word) differ[word] |= key[word] ^ first[word];
    }
    for (size_t word = 0; word < differ.size(); ++word) AddRuns(word, differ[word]);
  }

  int bits() const { return bits_; }
  bool complete() const { return complete_; }

  uint64_t operator()(const Key& key) const {
    uint64_t prefix = 0;
    for (size_t i = 0; i < runs_; ++i) {
      const Run& run = run_[i];
      prefix = prefix << run.bits | (key[run.word] >> run.shift & run.mask);
    }
    return prefix;
  }

 private:
  // Neighbouring bits of a word.
  struct Run {
    size_t word;
    int shift;
    int bits;
    uint64_t mask;
  };

  void AddRuns(size_t word, uint64_t differ) {
    while (differ != 0) {
      const int top = 64 - std::countl_zero(differ);
      int width = 0;
      while (width < top && (differ >> (top - width - 1) & 1) != 0) ++width;
      width = std::min(width, kMaxPrefixBits - bits_);
      if (width == 0 || runs_ == run_.size()) {
        complete_ = false;
        return;
      }
      const int shift = top - width;
      run_[runs_++] = {word, shift, width, (uint64_t{1} << width) - 1};
      bits_ += width;
      differ &= (uint64_t{1} << shift) - 1;
    }
  }

  std::array<Run, 32> run_{};
  size_t runs_ = 0;
  int bits_ = 0;
  bool complete_ = true;
};

}  // namespace

void RowSorter::RadixSort(int bits) {
  const int passes = (bits + kDigitBits - 1) / kDigitBits;
  const auto digit = [](const Entry& entry, int pass) {
    return entry.prefix >> (pass * kDigitBits) & (kDigits - 1);
  };
  // All counts in one pass: what is sorted stays the same.
  std::array<std::array<uint32_t, kDigits>, kMaxPasses> starts{};
  for (const Entry& entry : entries_) {
    for (int pass = 0; pass < passes; ++pass)
      ++starts[static_cast<size_t>(pass)][digit(entry, pass)];
  }
  other_.resize(entries_.size());
  for (int pass = 0; pass < passes; ++pass) {
    auto& start = starts[static_cast<size_t>(pass)];
    uint32_t sum = 0;
    for (uint32_t& first : start) first = std::exchange(sum, sum + first);
    for (const Entry& entry : entries_) other_[start[digit(entry, pass)]++] = entry;
    entries_.swap(other_);
  }
}

std::span<const uint32_t> RowSorter::Sort(const std::byte* rows, size_t count, size_t stride) {
  order_.resize(count);
  entries_.resize(count);
  if (count == 0) return order_;
  const PrefixPacker prefix_of(rows, count, stride);
  for (size_t row = 0; row < count; ++row) {
    entries_[row] = {prefix_of(KeyAt(rows, stride, row)), static_cast<uint32_t>(row)};
  }
  if (count >= kMinRadix) {
    RadixSort(prefix_of.bits());
  } else {
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.prefix < b.prefix; });
  }
  if (!prefix_of.complete()) {
    for (auto first = entries_.begin(); first != entries_.end();) {
      auto last = first + 1;
      while (last != entries_.end() && last->prefix == first->prefix) ++last;
      if (last - first > 1) {
        std::sort(first, last, [&](const Entry& a, const Entry& b) {
          return KeyAt(rows, stride, a.row) < KeyAt(rows, stride, b.row);
        });
      }
      first = last;
    }
  }
  for (size_t i = 0; i < count; ++i) order_[i] = entries_[i].row;
  return order_;
}

}  // namespace adtally
