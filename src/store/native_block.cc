#include "store/native_block.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace adtally {
namespace {

static_assert(std::endian::native == std::endian::little, "the Native format is little-endian");

// How ClickHouse serializes a LowCardinality column
// (https://github.com/ClickHouse/ClickHouse/blob/master/src/DataTypes/Serializations/SerializationLowCardinality.cpp):
// the version of the dictionary; what follows, as bits, and the type of the indexes; the keys; the
// indexes.
constexpr uint64_t kDictionaryVersion = 1;
constexpr uint64_t kIndexesAreUInt16 = 1;
constexpr uint64_t kHasKeys = 1 << 9;
constexpr uint64_t kKeysReplaceDictionary = 1 << 10;

template <class T>
std::string_view Raw(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

}  // namespace

void NativeBlock::Reset(size_t columns, size_t rows) {
  size_ = 0;
  columns_left_ = columns;
  rows_ = rows;
  Varint(columns);
  Varint(rows);
}

void NativeBlock::UInt8(std::string_view name, std::span<const uint8_t> values) {
  Column(name, "UInt8", values.size());
  Append(Raw(values));
}

void NativeBlock::UInt32(std::string_view name, std::span<const uint32_t> values) {
  Column(name, "UInt32", values.size());
  Append(Raw(values));
}

void NativeBlock::UInt64(std::string_view name, std::span<const uint64_t> values) {
  Column(name, "UInt64", values.size());
  Append(Raw(values));
}

void NativeBlock::Int64(std::string_view name, std::span<const int64_t> values) {
  Column(name, "Int64", values.size());
  Append(Raw(values));
}

void NativeBlock::UInt64Array(std::string_view name, std::span<const uint64_t> ends,
                              std::span<const uint64_t> values) {
  ADTALLY_CHECK(values.size() == (ends.empty() ? 0 : ends.back()),
                "the last array of a column ends with its values");
  Column(name, "Array(UInt64)", ends.size());
  Append(Raw(ends));
  Append(Raw(values));
}

void NativeBlock::DateTime(std::string_view name, std::span<const uint32_t> seconds) {
  Column(name, "DateTime('UTC')", seconds.size());
  Append(Raw(seconds));
}

void NativeBlock::String(std::string_view name, std::span<const std::string_view> values) {
  Column(name, "String", values.size());
  for (std::string_view value : values) {
    Varint(value.size());
    Append(value);
  }
}

void NativeBlock::LowCardinality(std::string_view name, std::span<const std::string_view> keys,
                                 std::span<const uint16_t> indexes) {
  ADTALLY_CHECK(!keys.empty() && keys[0].empty(), "the first key of a dictionary is \"\"");
  Column(name, "LowCardinality(String)", indexes.size());
  Fixed64(kDictionaryVersion);
  Fixed64(kHasKeys | kKeysReplaceDictionary | kIndexesAreUInt16);
  Fixed64(keys.size());
  for (std::string_view key : keys) {
    Varint(key.size());
    Append(key);
  }
  Fixed64(indexes.size());
  Append(Raw(indexes));
}

NativeBlock::Place NativeBlock::PlaceUInt8(std::string_view name) {
  return PlaceColumn(name, "UInt8", sizeof(uint8_t));
}

NativeBlock::Place NativeBlock::PlaceUInt32(std::string_view name) {
  return PlaceColumn(name, "UInt32", sizeof(uint32_t));
}

NativeBlock::Place NativeBlock::PlaceUInt64(std::string_view name) {
  return PlaceColumn(name, "UInt64", sizeof(uint64_t));
}

NativeBlock::Place NativeBlock::PlaceInt64(std::string_view name) {
  return PlaceColumn(name, "Int64", sizeof(int64_t));
}

NativeBlock::Place NativeBlock::PlaceDateTime(std::string_view name) {
  return PlaceColumn(name, "DateTime('UTC')", sizeof(uint32_t));
}

std::string_view NativeBlock::bytes() const {
  ADTALLY_CHECK(columns_left_ == 0, "a Native block is read before its last column");
  return {buffer_.get(), size_};
}

void NativeBlock::Column(std::string_view name, std::string_view type, size_t rows) {
  ADTALLY_CHECK(columns_left_ > 0, "a Native block gets more columns than announced");
  ADTALLY_CHECK(rows == rows_, "the columns of a Native block differ in length");
  --columns_left_;
  Varint(name.size());
  Append(name);
  Varint(type.size());
  Append(type);
}

NativeBlock::Place NativeBlock::PlaceColumn(std::string_view name, std::string_view type,
                                            size_t value_bytes) {
  Column(name, type, rows_);
  const Place place{size_};
  Extend(rows_ * value_bytes);
  return place;
}

// Room for so many bytes at the end, with no value yet: a std::string would clear them first.
char* NativeBlock::Extend(size_t bytes) {
  if (capacity_ - size_ < bytes) {
    capacity_ = std::max(size_ + bytes, 2 * capacity_);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    if (size_ > 0) std::memcpy(larger.get(), buffer_.get(), size_);
    buffer_ = std::move(larger);
  }
  char* const at = buffer_.get() + size_;
  size_ += bytes;
  return at;
}

void NativeBlock::Append(std::string_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(Extend(bytes.size()), bytes.data(), bytes.size());
}

void NativeBlock::Varint(uint64_t value) {
  while (value >= 0x80) {
    *Extend(1) = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *Extend(1) = static_cast<char>(value);
}

void NativeBlock::Fixed64(uint64_t value) {
  std::memcpy(Extend(sizeof(value)), &value, sizeof(value));
}

}  // namespace adtally
