#include "store/row_binary_reader.h"

namespace adtally {

uint64_t RowBinaryReader::Fixed(size_t bytes) {
  if (left_.size() < bytes) {
    ok_ = false;
    return 0;
  }
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) {
    value |= uint64_t{static_cast<unsigned char>(left_[i])} << (8 * i);
  }
  left_.remove_prefix(bytes);
  return value;
}

size_t RowBinaryReader::Size() {
  uint64_t size = 0;
  for (int shift = 0; ok_; shift += 7) {
    const uint8_t byte = UInt8();
    if (shift > 56) ok_ = false;
    if (ok_) size |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) break;
  }
  if (size > left_.size()) ok_ = false;
  return ok_ ? size : 0;
}

std::string RowBinaryReader::String() {
  const size_t size = Size();
  std::string text(left_.substr(0, size));
  left_.remove_prefix(size);
  return text;
}

}  // namespace adtally
