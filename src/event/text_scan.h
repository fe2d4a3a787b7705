#pragma once

// Looking at many bytes of a text at once. The caller makes sure that they may be read.
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace adtally {

// The eight bytes at `at` as a number, the first byte lowest, on any machine.
inline uint64_t LoadWord(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

inline uint32_t LoadHalfWord(const char* at) {
  uint32_t word;
  std::memcpy(&word, at, sizeof(word));
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap32(word);
  return word;
}

// How many of the 16 bytes at `at` come before the first that is not printable ASCII, or that is a
// quote or a backslash. 16 when there is none.
inline size_t PlainBytesOf16(const char* at) {
#ifdef __SSE2__
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  const __m128i deletes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
  // As signed numbers the bytes from 0x80 on are below a space too.
  const __m128i controls = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
  const __m128i ends =
      _mm_or_si128(_mm_or_si128(quotes, backslashes), _mm_or_si128(deletes, controls));
  const auto mask = static_cast<uint32_t>(_mm_movemask_epi8(ends));
  return static_cast<size_t>(std::countr_zero(mask | 0x10000U));
#else
  size_t size = 0;
  while (size < 16 && at[size] >= ' ' && at[size] <= '~' && at[size] != '"' && at[size] != '\\') {
    ++size;
  }
  return size;
#endif
}

// Nonzero when one of the word's bytes is below 0x20 or 0x7f. Bytes of 0x80 and above never count.
inline uint64_t ControlBits(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHigh = 0x8080808080808080;
  const uint64_t low7 = word & ~kHigh;
  const uint64_t at_least_space = low7 + kOnes * (0x80 - 0x20);
  const uint64_t is_delete = low7 + kOnes;  // the high bit of 0x7f + 1
  return (~at_least_space | is_delete) & ~word & kHigh;
}

// The same for the 16 bytes at `at`.
inline bool HasControlCharacterIn16(const char* at) {
#ifdef __SSE2__
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i deletes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
  const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  return _mm_movemask_epi8(_mm_or_si128(deletes, controls)) != 0;
#else
  return (ControlBits(LoadWord(at)) | ControlBits(LoadWord(at + 8))) != 0;
#endif
}

// Whether one of the text's bytes is below 0x20 or 0x7f. Looks at the text only: its last bytes are
// looked at twice when its size is no multiple of 16.
inline bool HasControlCharacter(const char* text, size_t size) {
  if (size >= 16) {
    const char* const last = text + size - 16;
    for (; text < last; text += 16) {
      if (HasControlCharacterIn16(text)) return true;
    }
    return HasControlCharacterIn16(last);
  }
  if (size >= 8) {
    return (ControlBits(LoadWord(text)) | ControlBits(LoadWord(text + size - 8))) != 0;
  }
  for (size_t i = 0; i < size; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f) return true;
  }
  return false;
}

// The high bits of the 64 bytes at `at`, that of the first byte lowest.
inline uint64_t HighBitsOf64(const char* at) {
  uint64_t bits = 0;
#ifdef __SSE2__
  for (size_t i = 0; i < 4; ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * i));
    bits |= uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(bytes))} << (16 * i);
  }
#else
  for (size_t i = 0; i < 8; ++i) {
    // The factor moves the bit of byte k to place 56 + k; no two sums carry into each other.
    const uint64_t ones = (LoadWord(at + 8 * i) >> 7) & 0x0101010101010101;
    bits |= (ones * 0x0102040810204080) >> 56 << (8 * i);
  }
#endif
  return bits;
}

// How many of the word's bytes, from the first on, are digits before one is not.
inline size_t DigitsOf(uint64_t word) {
  // A byte's high bit is set when it is above '9' or below '0'. A carry or borrow only ever reaches
  // the bytes behind one that is flagged already.
  const uint64_t flags =
      ((word + 0x4646464646464646) | (word - 0x3030303030303030)) & 0x8080808080808080;
  return static_cast<size_t>(std::countr_zero(flags)) / 8;
}

// The number that the word's first `digits` digits say. digits: 1 to 8.
// Source: Langdale and Lemire, Parsing Gigabytes of JSON per Second (2019), section 3.1.3: pairs,
// then fours, then eight at once.
inline uint64_t NumberOf(uint64_t word, size_t digits) {
  word = (word & 0x0f0f0f0f0f0f0f0f) << (64 - 8 * digits);  // zeros in front
  word = word * 10 + (word >> 8);
  constexpr uint64_t kPairs = 0x000000ff000000ff;
  return ((word & kPairs) * (100 + (uint64_t{1'000'000} << 32)) +
          ((word >> 16) & kPairs) * (1 + (uint64_t{10'000} << 32))) >>
         32;
}

}  // namespace adtally
