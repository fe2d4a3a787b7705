#pragma once

#include <cstdint>
#include <memory>
#include <span>
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
  // Type Array(UInt64): the values of row i are those from ends[i - 1], or 0, to ends[i].
  void UInt64Array(std::string_view name, std::span<const uint64_t> ends,
                   std::span<const uint64_t> values);
  void DateTime(std::string_view name, std::span<const uint32_t> seconds);  // type DateTime('UTC')
  void String(std::string_view name, std::span<const std::string_view> values);
  // Type LowCardinality(String): the value of a row is keys[indexes[row]]. Keys are unique, and
  // keys[0] is "", used or not.
  void LowCardinality(std::string_view name, std::span<const std::string_view> keys,
                      std::span<const uint16_t> indexes);

  // Columns that are filled in afterwards, so that rows need not be turned into columns first: the
  // values of the column begin at at(place), one after the other, little-endian and unaligned.
  // Until they are written they are undefined.
  struct Place {
    size_t offset;
  };
  Place PlaceUInt8(std::string_view name);
  Place PlaceUInt32(std::string_view name);
  Place PlaceUInt64(std::string_view name);
  Place PlaceInt64(std::string_view name);
  Place PlaceDateTime(std::string_view name);
  // Valid until the next column is added or placed, or Reset.
  char* at(Place place) { return buffer_.get() + place.offset; }

  // The encoded block: valid until the next Reset. Aborts when columns are missing.
  std::string_view bytes() const;

  // Of the buffer that is kept.
  size_t capacity_bytes() const { return capacity_; }

 private:
  void Column(std::string_view name, std::string_view type, size_t rows);
  Place PlaceColumn(std::string_view name, std::string_view type, size_t value_bytes);
  char* Extend(size_t bytes);
  void Append(std::string_view bytes);
  void Varint(uint64_t value);
  void Fixed64(uint64_t value);

  size_t columns_left_ = 0;
  size_t rows_ = 0;
  std::unique_ptr<char[]> buffer_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace adtally
