#include "event/record_format.h"

#include <cstddef>
#include <cstdint>

#include "event/event.h"
#include "event/protobuf_fields.h"

namespace adtally {
namespace {

// Takes a varint off the front; false when there is none.
bool TakeVarint(std::string_view& text, uint64_t& value) {
  constexpr size_t kMaxBytes = 10;
  value = 0;
  for (size_t i = 0; i < text.size() && i < kMaxBytes; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    value |= uint64_t{byte & 0x7fU} << (7 * i);
    if (byte >= 0x80) continue;
    text.remove_prefix(i + 1);
    return true;
  }
  return false;
}

bool TakeByte(std::string_view& text, uint32_t expected) {
  if (text.empty() || static_cast<unsigned char>(text[0]) != expected) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string_view EventBatchOf(std::string_view record) {
  std::string_view rest = record;
  uint64_t length = 0;
  return TakeVarint(rest, length) && length == rest.size() ? rest : record;
}

bool IsAppendedBatch(std::string_view record) {
  uint64_t event_bytes = 0, id_bytes = 0;
  if (!TakeByte(record, wire::BytesTag(wire::kEventsOfBatch)) || !TakeVarint(record, event_bytes) ||
      event_bytes > record.size()) {
    return false;
  }
  if (!TakeByte(record, wire::BytesTag(wire::kEventId)) || !TakeVarint(record, id_bytes) ||
      id_bytes == 0 || id_bytes > kMaxEventIdBytes || id_bytes > record.size()) {
    return false;
  }
  record.remove_prefix(id_bytes);
  return TakeByte(record, wire::VarintTag(wire::kType));
}

}  // namespace adtally
