#include "log/rocksdb_support.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/status.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <cstdarg>
#include <limits>
#include <memory>

namespace adtally {
namespace {

// RocksDB writes its own log file beside the data and, where the library is built with assertions,
// aborts the process when that file meets a full disk. What it would say comes back as the Status
// of the call that failed.
class NoInfoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

bool IsLocked(const rocksdb::Status& status, const std::string& text) {
  return status.IsIOError() && (text.find("lock hold by current process") != std::string::npos ||
                                (text.find("While lock file") != std::string::npos &&
                                 text.find("unavailable") != std::string::npos));
}

rocksdb::CompressionType FastCompression() {
  const auto supported = rocksdb::GetSupportedCompressions();
  const bool lz4 =
      std::find(supported.begin(), supported.end(), rocksdb::kLZ4Compression) != supported.end();
  return lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
}

}  // namespace

Error RocksDbError(const rocksdb::Status& status, const std::string& what, const std::string& path,
                   std::string_view when_damaged) {
  const std::string text = status.ToString();
  if (IsLocked(status, text)) {
    return {ErrorCode::kConflict, "the data folder " + path + " of the " + what +
                                      " is in use by another process: stop it, or use another "
                                      "folder"};
  }
  if (status.IsNoSpace()) {
    return {ErrorCode::kUnavailable, "the disk that holds the " + what + " in " + path +
                                         " is full: free some space, then it goes on by itself"};
  }
  if (status.IsCorruption()) {
    return {ErrorCode::kCorrupt, "the " + what + " in " + path + " is damaged (" + text +
                                     "): " + std::string(when_damaged)};
  }
  return {ErrorCode::kUnavailable,
          "the " + what + " in " + path + " cannot be used now, retry later (" + text + ")"};
}

rocksdb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

rocksdb::DBOptions SmallDbOptions(size_t total_write_buffer_bytes, size_t max_wal_bytes) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.db_write_buffer_size = total_write_buffer_bytes;
  options.max_total_wal_size = max_wal_bytes;
  // One flush and one compaction at a time: with two, a second could merge files that the first is
  // moving.
  options.max_background_jobs = 2;
  options.max_open_files = 256;
  options.max_file_opening_threads = 1;
  options.bytes_per_sync = 1 << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log = std::make_shared<NoInfoLog>();
  // After a failed write the owner reopens the database: what is in the WAL then is the truth.
  options.max_bgerror_resume_count = 0;
  return options;
}

rocksdb::ColumnFamilyOptions GrowingKeysOptions(size_t write_buffer_bytes, size_t block_bytes,
                                                bool compress) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = write_buffer_bytes;
  options.max_write_buffer_number = 2;
  options.compression = compress ? FastCompression() : rocksdb::kNoCompression;

  constexpr uint64_t kNoLimit = uint64_t{1} << 60;
  options.num_levels = 2;
  options.level0_file_num_compaction_trigger = 1;
  options.level0_slowdown_writes_trigger = std::numeric_limits<int>::max();
  options.level0_stop_writes_trigger = std::numeric_limits<int>::max();
  options.soft_pending_compaction_bytes_limit = 0;
  options.hard_pending_compaction_bytes_limit = 0;
  options.max_bytes_for_level_base = kNoLimit;
  options.target_file_size_base = kNoLimit;
  options.max_compaction_bytes = kNoLimit;
  options.ttl = 0;
  options.periodic_compaction_seconds = 0;

  rocksdb::BlockBasedTableOptions table;
  table.block_size = block_bytes;
  table.block_cache = rocksdb::NewLRUCache(4 << 20, /*num_shard_bits=*/1);
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace adtally

#if defined(__SANITIZE_THREAD__)
// The system's RocksDB is not built with TSan, which therefore does not see its atomics and takes
// its own frees for races.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:librocksdb.so\n";
}
#endif
