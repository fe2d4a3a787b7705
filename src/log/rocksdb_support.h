#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rocksdb {
class Slice;
class Status;
struct ColumnFamilyOptions;
struct DBOptions;
}  // namespace rocksdb

namespace adtally {

// What our RocksDB folders share: how their failures read, and options that keep an idle database
// small.

// A failure as one sentence. `what` names the folder's use, e.g. "event log".
// kConflict when another process holds the folder, kCorrupt when bytes are damaged, else
// kUnavailable. `when_damaged` says what to do about damage.
Error RocksDbError(
    const rocksdb::Status& status, const std::string& what, const std::string& path,
    std::string_view when_damaged =
        "restore the folder from a copy, or move it away to start with an empty one");

// A view of the same bytes.
rocksdb::Slice ToSlice(std::string_view bytes);

// Few threads and files, no info log, no statistics, write buffers and WAL bounded over all
// column families. The caller chooses the WAL's recovery mode.
rocksdb::DBOptions SmallDbOptions(size_t total_write_buffer_bytes, size_t max_wal_bytes);

// For keys that only grow: flushed files never overlap, so compaction moves them to the last level
// by name and rewrites nothing. There they are found by binary search, and DeleteFilesInRange drops
// whole ones.
rocksdb::ColumnFamilyOptions GrowingKeysOptions(size_t write_buffer_bytes, size_t block_bytes,
                                                bool compress);

}  // namespace adtally
