#pragma once

#include <string>
#include <string_view>

#include "aggregator/id_cache.h"

namespace adtally {

// The bytes of an id cache's entry, numbers little-endian:
//   checksum 16 (XXH3-128 of partition, begin and all that follows), format version 4, end 8,
//   groups 4, then per group: hour 4, ids 8, and 16 per id (high, low).
// The partition and begin are in the checksum, so an entry that turns up under another key is
// damaged too.
std::string EncodeIdCacheEntry(const Checkpoint& checkpoint);

// Reads an entry into `entry`, whose memory is used again. False when it is damaged or of another
// format version.
bool DecodeIdCacheEntry(Partition partition, Offset begin, std::string_view bytes,
                        IdCache::Entry& entry);

// The end that an entry claims, without checking it; `begin` when the bytes are too short.
Offset PeekIdCacheEntryEnd(Offset begin, std::string_view bytes);

}  // namespace adtally
