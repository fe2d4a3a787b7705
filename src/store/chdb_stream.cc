#include "store/chdb_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "store/chdb_call.h"

namespace adtally {
namespace {

constexpr int kAskEveryMs = 100;  // whether the output is still wanted
constexpr size_t kReadBytes = 128 << 10;

// Rows that the engine gathers before it writes them, which is memory while a reader is slow.
constexpr std::string_view kSmallBlocks =
    "min_insert_block_size_rows = 16384, min_insert_block_size_bytes = 4194304, "
    "max_insert_threads = 1, output_format_parallel_formatting = 0, "
    "output_format_parquet_row_group_size = 65536";

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// Marks the query so that it can be found among those that run.
std::string NewMark() {
  static std::atomic<uint64_t> last{0};
  return "adtally-stream-" + std::to_string(++last);
}

std::string IntoFile(int fd, std::string_view sql, std::string_view format, std::string_view mark) {
  std::string statement = "INSERT INTO FUNCTION file('/dev/fd/" + std::to_string(fd) + "', '";
  statement.append(format).append("') SETTINGS log_comment = '").append(mark).append("', ");
  return statement.append(kSmallBlocks).append(" ").append(sql);
}

// A failure is left for the next try: the query may not have begun.
void Kill(ChdbPool& killers, std::string_view mark) {
  auto killer = killers.Acquire();
  if (!killer.ok()) return;
  std::string sql = "KILL QUERY WHERE Settings['log_comment'] = '";
  sql.append(mark).append("' ASYNC");
  if (FailureOf(RunStatement(killer->get(), sql, {}, ""))) killer->Drop();
}

// Reads until the writing end is closed. Output that nobody takes is dropped, since a full pipe
// would keep the query from ending.
bool Copy(int fd, ChdbPool& killers, std::string_view mark, OutputSink& sink) {
  std::array<char, kReadBytes> bytes;
  bool wanted = true;
  while (true) {
    if (wanted && !sink.Wanted()) wanted = false;
    if (!wanted) Kill(killers, mark);
    pollfd readable{fd, POLLIN, 0};
    if (::poll(&readable, 1, kAskEveryMs) <= 0) continue;
    const ssize_t got = ::read(fd, bytes.data(), bytes.size());
    if (got == 0) return wanted;
    if (got > 0 && wanted) wanted = sink.Write({bytes.data(), static_cast<size_t>(got)});
  }
}

}  // namespace

ChdbStreamEnd RunChdbStream(chdb_connection connection, ChdbPool& killers, std::string_view sql,
                            std::span<const SqlParam> encoded_params, std::string_view format,
                            OutputSink& sink) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return {std::string("a pipe cannot be made: ") + std::strerror(errno), false};
  }
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  const std::string mark = NewMark();
  const std::string statement = IntoFile(to.get(), sql, format, mark);
  ChdbStreamEnd end;
  // The engine opens the pipe anew and has closed that by the time the statement is done; with this
  // end closed too, the reader sees the end.
  std::thread writer([&] {
    end.failure = FailureOf(RunStatement(connection, statement, encoded_params, ""));
    to.Close();
  });
  const bool taken = Copy(from.get(), killers, mark, sink);
  writer.join();
  end.reader_left = !taken;
  return end;
}

}  // namespace adtally
