#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace adtally::fuzz {

// The wire format of https://protobuf.dev/programming-guides/encoding, read a second time: it cuts
// a message into its fields and says where that ends. Independent of protozero.
enum class WireType : uint32_t {
  kVarint = 0,
  kFixed64 = 1,
  kBytes = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

struct WireField {
  uint32_t number = 0;
  WireType type = WireType::kVarint;
  std::string_view raw;    // tag included
  std::string_view value;  // what follows the tag; of kBytes without the length
  // The tag or the length takes more than the 5 bytes that any of 32 bits needs.
  bool padded = false;

  // The same field with tag and length as short as can be.
  std::string Canonical() const;
};

enum class WireEnd {
  kWhole,    // the message ends with a field
  kBroken,   // it ends within one, or a tag or wire type does not exist
  kGroup,    // a group begins or ends: a wire type that proto3 has no fields of
  kWideTag,  // a tag of more than 32 bits
};

struct WireMessage {
  std::vector<WireField> fields;  // up to `end`
  WireEnd end = WireEnd::kWhole;
  size_t end_offset = 0;  // how many bytes the fields take
  bool padded = false;    // at least one field is

  std::string Canonical() const;
};
WireMessage ReadWireMessage(std::string_view bytes);

// `value` as a varint of at least `min_bytes` (at most 10) bytes.
void AppendVarint(uint64_t value, size_t min_bytes, std::string& out);

}  // namespace adtally::fuzz
