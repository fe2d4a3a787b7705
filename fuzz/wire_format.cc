#include "fuzz/wire_format.h"

#include <limits>
#include <optional>

namespace adtally::fuzz {
namespace {

constexpr size_t kMaxVarintBytes = 10;
constexpr size_t kMaxVarint32Bytes = 5;

// Reads a varint off the front and counts its bytes. Bits beyond the 64th are dropped, as everyone
// does. nullopt when it does not end within 10 bytes.
std::optional<uint64_t> TakeVarint(std::string_view& rest, size_t& bytes) {
  uint64_t value = 0;
  for (bytes = 0; bytes < kMaxVarintBytes && bytes < rest.size(); ++bytes) {
    const auto byte = static_cast<unsigned char>(rest[bytes]);
    value |= uint64_t{byte & 0x7fU} << (7 * bytes);
    if (byte < 0x80) {
      ++bytes;
      rest.remove_prefix(bytes);
      return value;
    }
  }
  return std::nullopt;
}

// How the walk goes on after one field. `rest` is only meaningful after kWhole.
WireEnd TakeField(std::string_view& rest, WireField& field) {
  const std::string_view begin = rest;
  size_t bytes = 0;
  const auto tag = TakeVarint(rest, bytes);
  if (!tag || *tag < 8) return WireEnd::kBroken;  // there is no field 0
  if (*tag > std::numeric_limits<uint32_t>::max()) return WireEnd::kWideTag;
  field.number = static_cast<uint32_t>(*tag >> 3);
  field.type = static_cast<WireType>(*tag & 7);
  field.padded = bytes > kMaxVarint32Bytes;

  uint64_t size = 0;
  std::string_view behind = rest;  // the value
  switch (field.type) {
    case WireType::kVarint:
      if (!TakeVarint(behind, bytes)) return WireEnd::kBroken;
      size = bytes;
      break;
    case WireType::kFixed64:
      size = 8;
      break;
    case WireType::kFixed32:
      size = 4;
      break;
    case WireType::kBytes: {
      const auto length = TakeVarint(rest, bytes);
      if (!length) return WireEnd::kBroken;
      field.padded |= bytes > kMaxVarint32Bytes;
      size = *length;
      break;
    }
    case WireType::kStartGroup:
    case WireType::kEndGroup:
      return WireEnd::kGroup;
    default:
      return WireEnd::kBroken;
  }
  if (size > rest.size()) return WireEnd::kBroken;
  field.value = rest.substr(0, size);
  rest.remove_prefix(size);
  field.raw = begin.substr(0, begin.size() - rest.size());
  return WireEnd::kWhole;
}

}  // namespace

std::string WireField::Canonical() const {
  std::string out;
  AppendVarint(uint64_t{number} << 3 | static_cast<uint32_t>(type), 1, out);
  if (type == WireType::kBytes) AppendVarint(value.size(), 1, out);
  out += value;
  return out;
}

std::string WireMessage::Canonical() const {
  std::string out;
  for (const WireField& field : fields) out += field.Canonical();
  return out;
}

WireMessage ReadWireMessage(std::string_view bytes) {
  WireMessage message;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    WireField field;
    message.end = TakeField(rest, field);
    if (message.end != WireEnd::kWhole) break;
    message.end_offset = bytes.size() - rest.size();
    message.padded |= field.padded;
    message.fields.push_back(field);
  }
  return message;
}

void AppendVarint(uint64_t value, size_t min_bytes, std::string& out) {
  size_t bytes = 1;
  for (; value >= 0x80 || bytes < min_bytes; value >>= 7, ++bytes) {
    out.push_back(static_cast<char>(value | 0x80));
  }
  out.push_back(static_cast<char>(value));
}

}  // namespace adtally::fuzz
