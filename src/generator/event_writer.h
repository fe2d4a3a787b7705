#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "generator/traffic_stream.h"

namespace adtally {

inline constexpr size_t kGeneratedIdBytes = 32;

// The event_id: 16 hex digits of the run, 4 of the client, 12 of the index in the client's stream.
std::array<char, kGeneratedIdBytes> GeneratedEventId(uint64_t run_id, uint32_t client,
                                                     uint64_t index);

// Appends the event as one line of NDJSON. Its order_id, for conversions, is "o-" and the event_id;
// its user_id is "u" and the user's number, or missing.
void AppendJsonLine(const GeneratedEvent& event, uint64_t run_id, std::string& out);

// Appends the same as one element of an EventBatch, with the hash of the user_id.
void AppendProtobuf(const GeneratedEvent& event, uint64_t run_id, std::string& out);

}  // namespace adtally
