#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "aggregator/id_cache.h"
#include "aggregator/id_cache_entry.h"
#include "base/result.h"
#include "base/strong.h"

namespace rocksdb {
class Iterator;
}

namespace adtally {

// What a scan noticed beside the entries.
struct IdScanReport {
  uint64_t damaged = 0;  // entries, and keys that are none
  // Why the files cannot be read to the end; empty when they can.
  std::string cut;
  // A block was whole when its entry was checked and was not any more when it was read: what was
  // given is worth nothing.
  bool changed = false;
};

// Walks over the blocks of one partition from `from` on, and visits the entries that end after
// `floor`. Reads block by block: a large entry is checked as a whole before any of it is given, by
// reading it twice. The iterator's status tells whether the end was reached.
IdScanReport ScanIdBlocks(rocksdb::Iterator& it, Partition partition, Offset from, Offset floor,
                          const std::function<bool(IdCache::Entry&)>& visit);

// The last entry of the partition whose blocks are all whole.
std::optional<IdCache::Last> FindLastEntry(rocksdb::Iterator& it, Partition partition);

}  // namespace adtally
