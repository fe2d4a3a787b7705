#include <cstring>
#include <protozero/varint.hpp>

#include "event/protobuf_codec.h"
#include "event/protobuf_fields.h"

namespace adtally {
namespace {

using namespace wire;

// Writes into memory that the caller made large enough.
class FieldWriter {
 public:
  explicit FieldWriter(char* out) : out_(out) {}
  char* end() const { return out_; }

  // Zero and empty are what a reader assumes: they take no bytes.
  void Varint(uint32_t field, uint64_t value) {
    if (value == 0) return;
    Put(VarintTag(field));
    Put(value);
  }
  void Bytes(uint32_t field, std::string_view bytes) {
    if (bytes.empty()) return;
    Put(BytesTag(field));
    Put(bytes.size());
    std::memcpy(out_, bytes.data(), bytes.size());
    out_ += bytes.size();
  }
  void Fixed64(uint32_t field, uint64_t value) {
    if (value == 0) return;
    Put(Fixed64Tag(field));
    for (size_t i = 0; i < sizeof(value); ++i) *out_++ = static_cast<char>(value >> (8 * i));
  }

 private:
  void Put(uint64_t value) { out_ += protozero::add_varint_to_buffer(out_, value); }
  char* out_;
};

char* WriteFields(const Event& event, char* out) {
  const Dimensions& d = event.dimensions;
  FieldWriter writer(out);
  writer.Bytes(kEventId, event.event_id);
  writer.Varint(kType, static_cast<uint64_t>(event.type));
  writer.Varint(kTimestampMs, static_cast<uint64_t>(event.time.value));
  writer.Varint(kAdvertiserId, d.advertiser_id);
  writer.Varint(kCampaignId, d.campaign_id);
  writer.Varint(kAdGroupId, d.ad_group_id);
  writer.Varint(kCreativeId, d.creative_id);
  writer.Varint(kDevice, static_cast<uint64_t>(d.device));
  writer.Bytes(kCountry, d.country.view());
  writer.Bytes(kRegion, d.region.view());
  writer.Varint(kCostMicros, static_cast<uint64_t>(event.cost_micros));
  writer.Bytes(kOrderId, event.order_id);
  writer.Varint(kValueMicros, static_cast<uint64_t>(event.value_micros));
  writer.Fixed64(kUserHash, event.user_hash);
  writer.Varint(kClickTimeMs, static_cast<uint64_t>(event.click_time.value));
  writer.Varint(kInvalidReason, static_cast<uint64_t>(event.invalid_reason));
  return writer.end();
}

}  // namespace

void AppendToBatch(const Event& event, std::string& batch) {
  constexpr size_t kMaxPrefix = 1 + protozero::max_varint_length;
  constexpr size_t kMaxNumbers = 18 * (2 + protozero::max_varint_length);
  const size_t start = batch.size();
  batch.resize(start + kMaxPrefix + kMaxNumbers + event.event_id.size() + event.order_id.size());
  // Most events are shorter than 128 bytes: their length takes one byte, and nothing has to move.
  char* const prefix = batch.data() + start;
  char* const fields = prefix + 2;
  const auto size = static_cast<size_t>(WriteFields(event, fields) - fields);
  const auto length_bytes = static_cast<size_t>(protozero::length_of_varint(size));
  if (length_bytes != 1) std::memmove(prefix + 1 + length_bytes, fields, size);
  prefix[0] = static_cast<char>(BytesTag(kEventsOfBatch));
  protozero::add_varint_to_buffer(prefix + 1, size);
  batch.resize(start + 1 + length_bytes + size);
}

}  // namespace adtally
