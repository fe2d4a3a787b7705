#include "store/native_block.h"

#include <bit>

#include "base/check.h"

namespace adtally {
namespace {

static_assert(std::endian::native == std::endian::little, "the Native format is little-endian");

template <class T>
void AppendRaw(std::span<const T> values, std::string& out) {
  out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

}  // namespace

void NativeBlock::Reset(size_t columns, size_t rows) {
  bytes_.clear();
  columns_left_ = columns;
  rows_ = rows;
  Varint(columns);
  Varint(rows);
}

void NativeBlock::UInt8(std::string_view name, std::span<const uint8_t> values) {
  Column(name, "UInt8", values.size());
  AppendRaw(values, bytes_);
}

void NativeBlock::UInt32(std::string_view name, std::span<const uint32_t> values) {
  Column(name, "UInt32", values.size());
  AppendRaw(values, bytes_);
}

void NativeBlock::UInt64(std::string_view name, std::span<const uint64_t> values) {
  Column(name, "UInt64", values.size());
  AppendRaw(values, bytes_);
}

void NativeBlock::Int64(std::string_view name, std::span<const int64_t> values) {
  Column(name, "Int64", values.size());
  AppendRaw(values, bytes_);
}

void NativeBlock::DateTime(std::string_view name, std::span<const uint32_t> seconds) {
  Column(name, "DateTime('UTC')", seconds.size());
  AppendRaw(seconds, bytes_);
}

void NativeBlock::String(std::string_view name, std::span<const std::string_view> values) {
  Column(name, "String", values.size());
  for (std::string_view value : values) {
    Varint(value.size());
    bytes_ += value;
  }
}

std::string_view NativeBlock::bytes() const {
  ADTALLY_CHECK(columns_left_ == 0, "a Native block is read before its last column");
  return bytes_;
}

void NativeBlock::Column(std::string_view name, std::string_view type, size_t rows) {
  ADTALLY_CHECK(columns_left_ > 0, "a Native block gets more columns than announced");
  ADTALLY_CHECK(rows == rows_, "the columns of a Native block differ in length");
  --columns_left_;
  Varint(name.size());
  bytes_ += name;
  Varint(type.size());
  bytes_ += type;
}

void NativeBlock::Varint(uint64_t value) {
  while (value >= 0x80) {
    bytes_ += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  bytes_ += static_cast<char>(value);
}

}  // namespace adtally
