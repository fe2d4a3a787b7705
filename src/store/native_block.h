#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace adtally {

// Encodes a block in ClickHouse's Native format
// (https://clickhouse.com/docs/interfaces/formats/Native): the column and row counts, then every
// column whole. Columns must be added in the order and number announced, each with `rows` values.
// Not thread-safe; Reset() keeps the buffer for the next block.
class NativeBlock {
 public:
  void Reset(size_t columns, size_t rows);

  void UInt8(std::string_view name, std::span<const uint8_t> values);
  void UInt32(std::string_view name, std::span<const uint32_t> values);
  void UInt64(std::string_view name, std::span<const uint64_t> values);
  void Int64(std::string_view name, std::span<const int64_t> values);
  void DateTime(std::string_view name, std::span<const uint32_t> seconds);  // type DateTime('UTC')
  void String(std::string_view name, std::span<const std::string_view> values);

  // The encoded block: valid until the next Reset. Aborts when columns are missing.
  std::string_view bytes() const;

 private:
  void Column(std::string_view name, std::string_view type, size_t rows);
  void Varint(uint64_t value);
  size_t columns_left_ = 0;
  size_t rows_ = 0;
  std::string bytes_;
};

}  // namespace adtally
