#include "store/chdb_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <vector>

namespace adtally {
namespace {

namespace fs = std::filesystem;

Error CannotUse(const std::string& what, std::string_view why) {
  return Error{ErrorCode::kUnavailable, "cannot use " + what + ": " + std::string(why)};
}

// The locked file, or kConflict when someone else holds it.
Result<int> LockFile(const std::string& file, const std::string& folder) {
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return CannotUse(file, std::strerror(errno));
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  const int reason = errno;
  close(fd);
  if (reason != EWOULDBLOCK) return CannotUse(file, std::strerror(reason));
  return Error{ErrorCode::kConflict, "data folder " + folder +
                                         " is in use by another process; stop it or choose another "
                                         "--data"};
}

struct ServerSetting {
  std::string_view name;
  size_t value;
};

constexpr size_t kMiB = 1 << 20;

// Sized for one machine that runs everything: few threads, small caches. Pools that serve
// replication, Kafka tables and the like have nothing to do here.
constexpr ServerSetting kServerSettings[] = {
    {"background_pool_size", 4},
    {"background_schedule_pool_size", 2},
    {"background_common_pool_size", 2},
    {"background_move_pool_size", 1},
    {"background_fetches_pool_size", 1},
    {"background_buffer_flush_schedule_pool_size", 1},
    {"background_message_broker_schedule_pool_size", 1},
    {"background_distributed_schedule_pool_size", 1},
    {"max_thread_pool_free_size", 16},
    {"max_io_thread_pool_size", 8},
    {"max_io_thread_pool_free_size", 0},
    {"mark_cache_size", 64 * kMiB},
    {"index_mark_cache_size", 16 * kMiB},
    {"primary_index_cache_size", 64 * kMiB},
    {"uncompressed_cache_size", 0},
    {"index_uncompressed_cache_size", 0},
    {"mmap_cache_size", 100},
    {"query_condition_cache_size", 16 * kMiB},
    {"memory_worker_period_ms", 500},
};

}  // namespace

Result<std::unique_ptr<ChdbFolder>> ChdbFolder::Lock(const std::string& folder_path) {
  std::error_code error;
  // The engine would look for a relative path again after a change of the working folder.
  const std::string path = fs::absolute(folder_path, error).lexically_normal().string();
  if (!error) fs::create_directories(path, error);
  if (error) return CannotUse(folder_path, error.message());
  ADTALLY_ASSIGN(const int lock, LockFile(path + "/adtally.lock", path));
  std::unique_ptr<ChdbFolder> folder(new ChdbFolder(path, lock));
  // The engine's own lock, which another program that embeds it would hold.
  ADTALLY_ASSIGN(const int status, LockFile(path + "/status", path));
  close(status);
  return folder;
}

ChdbFolder::~ChdbFolder() {
  close(lock_);
}

Result<void> ChdbFolder::ForgetDeduplicationTokens() {
  // The tables of Atomic databases live in store/<first three digits>/<uuid>.
  const fs::path tables = fs::path(path_) / "store";
  std::error_code error;
  if (!fs::exists(tables, error)) return {};
  std::vector<fs::path> logs;
  fs::recursive_directory_iterator at(tables, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (at.depth() == 1) {
      at.disable_recursion_pending();
      logs.push_back(at->path() / "deduplication_logs");
    }
  }
  for (const fs::path& log : logs) {
    if (error) break;
    fs::remove_all(log, error);
  }
  if (error) return CannotUse(tables, error.message());
  return {};
}

Result<std::string> ChdbFolder::WriteEngineConfig(size_t max_memory_bytes) {
  const std::string file = path_ + "/engine.xml";
  std::ofstream out(file, std::ios::trunc);
  out << "<clickhouse>\n";
  for (const ServerSetting& setting : kServerSettings) {
    out << "  <" << setting.name << '>' << setting.value << "</" << setting.name << ">\n";
  }
  out << "  <max_server_memory_usage>" << max_memory_bytes << "</max_server_memory_usage>\n"
      << "</clickhouse>\n";
  out.close();
  if (!out) return CannotUse(file, std::strerror(errno));
  return file;
}

}  // namespace adtally
