#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "aggregator/place_dictionary.h"
#include "base/strong.h"
#include "counting/checkpoint.h"
#include "store/native_block.h"

namespace adtally {

// Encodes the conversions by click of one checkpoint and month as one block of
// adtally.click_conversion, the receipt first. They are few, so the store is left to sort them.
// Keeps its buffers for the next block. Not thread-safe.
class ClickConversionBlock {
 public:
  // What Store::Insert must be told about the block.
  static std::string_view into();

  // `rows` are of `month`, a MonthNumber. The bytes are valid until the next call and point to
  // nothing in `rows`.
  std::string_view Encode(uint32_t month, std::span<const ClickConversionRow> rows,
                          Partition partition, Offset end);

  // The memory that it keeps.
  size_t kept_bytes() const;

 private:
  template <class Value, class ValueOf>
  std::span<const Value> Column(std::vector<Value>& values, Value receipt,
                                std::span<const ClickConversionRow> rows, ValueOf value_of);

  NativeBlock block_;
  PlaceDictionary countries_, regions_;
  // The column that is being encoded.
  std::vector<uint8_t> bytes_;
  std::vector<uint16_t> places_;
  std::vector<uint32_t> ids_;
  std::vector<uint64_t> counts_;
  std::vector<int64_t> micros_;
};

}  // namespace adtally
