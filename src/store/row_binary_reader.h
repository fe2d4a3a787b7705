#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace adtally {

// Reads a statement's output in ClickHouse's RowBinary format
// (https://clickhouse.com/docs/interfaces/formats/RowBinary), field by field, in the order of its
// columns: nothing in it tells rows or types apart. Reading past the end or a damaged length gives
// zero values and makes ok() false. The bytes must outlive the reader. Not thread-safe.
class RowBinaryReader {
 public:
  explicit RowBinaryReader(std::string_view bytes) : left_(bytes) {}

  bool done() const { return left_.empty() || !ok_; }
  bool ok() const { return ok_; }

  uint8_t UInt8() { return static_cast<uint8_t>(Fixed(1)); }
  uint32_t UInt32() { return static_cast<uint32_t>(Fixed(4)); }
  int32_t Int32() { return static_cast<int32_t>(UInt32()); }
  uint64_t UInt64() { return Fixed(8); }
  int64_t Int64() { return static_cast<int64_t>(UInt64()); }
  std::string String();
  // The number of elements of an array, whose elements follow.
  size_t Size();

 private:
  uint64_t Fixed(size_t bytes);  // little-endian
  std::string_view left_;
  bool ok_ = true;
};

}  // namespace adtally
