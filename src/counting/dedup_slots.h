#pragma once

#if defined(__SSE4_1__)
#include <smmintrin.h>
#endif

#include <cstddef>
#include <cstdint>

namespace adtally {

// What the hour tags of slots mean in the current append hour. A tag is the hour modulo 63 plus 1;
// tag 0 is that of an empty slot.
class HourTags {
 public:
  static constexpr int kBits = 6;
  static constexpr uint64_t kMask = (uint64_t{1} << kBits) - 1;
  static constexpr uint32_t kCycle = 63;
  static constexpr uint32_t TagOf(uint32_t hour) { return hour % kCycle + 1; }

  HourTags(uint32_t hour, uint32_t window_hours)
      : current_(TagOf(hour)),
        window_hours_(window_hours),
        expired_(TagOf(hour + kCycle - window_hours - 1)) {
    for (uint32_t age = window_hours + 1; age < kCycle; ++age) {
      free_tags_ |= uint64_t{1} << TagOf(hour + kCycle - age);
    }
  }

  uint32_t current() const { return current_; }
  uint32_t window_hours() const { return window_hours_; }
  // The tag of the hour that left the window last.
  uint32_t expired() const { return expired_; }
  // Hours since the tag's hour, modulo the cycle.
  uint32_t AgeOf(uint64_t slot) const {
    const auto tag = static_cast<uint32_t>(slot & kMask);
    return current_ >= tag ? current_ - tag : current_ + kCycle - tag;
  }
  // Whether the slot can be overwritten: it is empty, or its hour has left the window.
  bool IsFree(uint64_t slot) const { return free_tags_ >> (slot & kMask) & 1; }

 private:
  uint32_t current_;
  uint32_t window_hours_;
  uint32_t expired_;
  uint64_t free_tags_ = 1;  // bit t: tag t is free
};

constexpr uint32_t kLineSlots = 8;

// Which slots of a cache line of them match a key, and which can be overwritten: bit i is slot i.
struct SlotMasks {
  uint32_t match;
  uint32_t free;
};

// A slot matches when it equals `want` in `key_bits`, whatever its hour.
#if defined(__SSE4_1__)
[[gnu::always_inline]] inline SlotMasks MasksOf(const uint64_t* line, uint64_t key_bits,
                                                uint64_t want, const HourTags& hours) {
  // The low halves of eight 64-bit lanes as 16-bit words.
  const auto pack = [](__m128i a, __m128i b, __m128i c, __m128i d) {
    const auto low_halves = [](__m128i x, __m128i y) {
      return _mm_castps_si128(
          _mm_shuffle_ps(_mm_castsi128_ps(x), _mm_castsi128_ps(y), _MM_SHUFFLE(2, 0, 2, 0)));
    };
    return _mm_packs_epi32(low_halves(a, b), low_halves(c, d));
  };
  const auto* pairs = reinterpret_cast<const __m128i*>(line);
  const __m128i s0 = _mm_load_si128(pairs), s1 = _mm_load_si128(pairs + 1);
  const __m128i s2 = _mm_load_si128(pairs + 2), s3 = _mm_load_si128(pairs + 3);
  const __m128i key = _mm_set1_epi64x(static_cast<int64_t>(key_bits));
  const __m128i wanted = _mm_set1_epi64x(static_cast<int64_t>(want));
  const auto equal = [&](__m128i s) { return _mm_cmpeq_epi64(_mm_and_si128(s, key), wanted); };
  const __m128i match = pack(equal(s0), equal(s1), equal(s2), equal(s3));

  const __m128i tag_bits = _mm_set1_epi64x(static_cast<int64_t>(HourTags::kMask));
  const auto tag = [&](__m128i s) { return _mm_and_si128(s, tag_bits); };
  const __m128i tags = pack(tag(s0), tag(s1), tag(s2), tag(s3));
  const __m128i zero = _mm_setzero_si128();
  const auto words = [](uint32_t x) { return _mm_set1_epi16(static_cast<int16_t>(x)); };
  // HourTags::AgeOf and IsFree
  const __m128i since = _mm_sub_epi16(words(hours.current()), tags);
  const __m128i age =
      _mm_add_epi16(since, _mm_and_si128(_mm_cmpgt_epi16(zero, since), words(HourTags::kCycle)));
  const __m128i empty = _mm_cmpeq_epi16(tags, zero);
  const __m128i free = _mm_or_si128(_mm_cmpgt_epi16(age, words(hours.window_hours())), empty);
  const auto masks = static_cast<uint32_t>(
      _mm_movemask_epi8(_mm_packs_epi16(_mm_andnot_si128(empty, match), free)));
  return {masks & 0xff, masks >> 8};
}
#else
inline SlotMasks MasksOf(const uint64_t* line, uint64_t key_bits, uint64_t want,
                         const HourTags& hours) {
  SlotMasks masks{0, 0};
  for (uint32_t i = 0; i < kLineSlots; ++i) {
    const bool empty = (line[i] & HourTags::kMask) == 0;
    masks.match |= uint32_t{!empty && (line[i] & key_bits) == want} << i;
    masks.free |= uint32_t{hours.IsFree(line[i])} << i;
  }
  return masks;
}
#endif

}  // namespace adtally
