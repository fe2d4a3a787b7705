#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace adtally {

// Integers as stored bytes. Big-endian sorts as the numbers do, so it is for keys; little-endian is
// for values.

template <class T>
std::array<char, sizeof(T)> BigEndian(T number) {
  std::array<char, sizeof(T)> bytes;
  auto rest = static_cast<std::make_unsigned_t<T>>(number);
  for (size_t i = sizeof(T); i-- > 0; rest = static_cast<T>(rest >> 8)) {
    bytes[i] = static_cast<char>(rest & 0xff);
  }
  return bytes;
}

template <class T>
std::array<char, sizeof(T)> LittleEndian(T number) {
  std::array<char, sizeof(T)> bytes;
  for (size_t i = 0; i < sizeof(T); ++i) {
    bytes[i] = static_cast<char>(static_cast<std::make_unsigned_t<T>>(number) >> (8 * i) & 0xff);
  }
  return bytes;
}

// The number in the first sizeof(T) bytes; there must be that many.
template <class T>
T ReadBigEndian(std::string_view bytes) {
  std::make_unsigned_t<T> number = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    number = static_cast<T>(number << 8 | static_cast<unsigned char>(bytes[i]));
  }
  return static_cast<T>(number);
}

template <class T>
T ReadLittleEndian(std::string_view bytes) {
  std::make_unsigned_t<T> number = 0;
  for (size_t i = sizeof(T); i-- > 0;) {
    number = static_cast<T>(number << 8 | static_cast<unsigned char>(bytes[i]));
  }
  return static_cast<T>(number);
}

template <size_t N>
std::string_view View(const std::array<char, N>& bytes) {
  return {bytes.data(), N};
}

}  // namespace adtally
