#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/chdb_api.h"

namespace adtally {

// Connections to the embedded engine: one per call, since a connection runs one statement at a
// time. It grows on demand up to a limit; then callers wait for a free one. Thread-safe.
class ChdbPool {
 public:
  // `arguments` are those of clickhouse-local, for every connection.
  ChdbPool(std::vector<std::string> arguments, size_t limit);
  // No connection may be out. Closing the last one stops the engine.
  ~ChdbPool();
  ChdbPool(const ChdbPool&) = delete;
  ChdbPool& operator=(const ChdbPool&) = delete;

  // A connection until destruction.
  class Lease {
   public:
    Lease(ChdbPool* pool, chdb_connection* connection) : pool_(pool), connection_(connection) {}
    Lease(Lease&& other) noexcept : pool_(other.pool_), connection_(other.connection_) {
      other.connection_ = nullptr;
    }
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_ != nullptr) pool_->GiveBack(connection_);
    }
    chdb_connection get() const { return *connection_; }
    // Closes the connection instead of giving it back: for one that may be left in a bad state.
    void Drop();

   private:
    ChdbPool* pool_;
    chdb_connection* connection_;
  };

  // kUnavailable when a new connection is refused.
  Result<Lease> Acquire();

 private:
  chdb_connection* Connect();
  void GiveBack(chdb_connection* connection);
  void Forget();

  std::vector<std::string> arguments_;
  const size_t limit_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<chdb_connection*> free_;  // the last used is used next: the fewest stay warm
  size_t open_ = 0;                     // free, out or being opened
};

}  // namespace adtally
