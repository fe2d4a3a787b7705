#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace adtally {

// A UUIDv7 (RFC 9562) in lower-case text, 36 characters: 48 bits of `now_ms`, then 74 random bits
// from OpenSSL. Nobody can guess one. Thread-safe. Not to be used on both sides of a fork().
std::string NewUuidV7(int64_t now_ms);

// The event_ids of what happens to one impression. They are always valid event_ids, and the same
// inputs always give the same id: so a reload, a double click or a retry is a duplicate, and
// duplicates are counted once. An impression_id of 1 to 48 plain bytes stays readable in them; any
// other is replaced by its hash.
std::string ImpressionEventId(std::string_view impression_id);
std::string ClickEventId(std::string_view impression_id);

// One conversion per impression and order: SHA-256 over the impression_id's length, the
// impression_id and the order_id. The length says where one ends and the other begins: a separator
// character could be put inside an order_id, which anybody may choose, to make two different
// conversions look like one. SHA-256, since with a hash that is easy to collide such an order_id
// could also be found, and would suppress somebody else's conversion.
std::string ConversionEventId(std::string_view impression_id, std::string_view order_id);

}  // namespace adtally
