#include "store/chdb_pool.h"

#include <array>
#include <csignal>

#include "base/check.h"

namespace adtally {
namespace {

// Connecting resets the process's signal handlers and changes the thread's signal mask; this puts
// both back.
class SignalsGuard {
 public:
  SignalsGuard() {
    pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
    for (int signal = 1; signal < kSignals; ++signal) {
      known_[Index(signal)] = sigaction(signal, nullptr, &saved_[Index(signal)]) == 0;
    }
  }
  ~SignalsGuard() {
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    for (int signal = 1; signal < kSignals; ++signal) {
      if (known_[Index(signal)]) sigaction(signal, &saved_[Index(signal)], nullptr);
    }
  }
  SignalsGuard(const SignalsGuard&) = delete;
  SignalsGuard& operator=(const SignalsGuard&) = delete;

 private:
  static constexpr int kSignals = 32;
  static size_t Index(int signal) { return static_cast<size_t>(signal); }
  sigset_t mask_{};
  std::array<struct sigaction, kSignals> saved_{};
  std::array<bool, kSignals> known_{};
};

}  // namespace

ChdbPool::ChdbPool(std::vector<std::string> arguments, size_t limit)
    : arguments_(std::move(arguments)), limit_(limit) {
  ADTALLY_CHECK(limit > 0, "a pool needs room for one connection");
}

ChdbPool::~ChdbPool() {
  ADTALLY_CHECK(open_ == free_.size(), "a store is destroyed while a call uses it");
  for (chdb_connection* connection : free_) chdb_close_conn(connection);
}

Result<ChdbPool::Lease> ChdbPool::Acquire() {
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return !free_.empty() || open_ < limit_; });
    if (!free_.empty()) {
      chdb_connection* connection = free_.back();
      free_.pop_back();
      return Lease(this, connection);
    }
    ++open_;
  }
  chdb_connection* connection = Connect();
  if (connection == nullptr) {
    Forget();
    return Error{ErrorCode::kUnavailable,
                 "the embedded ClickHouse refuses a connection; its reason is on standard error"};
  }
  return Lease(this, connection);
}

void ChdbPool::Lease::Drop() {
  chdb_close_conn(connection_);
  connection_ = nullptr;
  pool_->Forget();
}

chdb_connection* ChdbPool::Connect() {
  std::vector<char*> argv;
  for (std::string& argument : arguments_) argv.push_back(argument.data());
  const SignalsGuard guard;
  return chdb_connect(static_cast<int>(argv.size()), argv.data());
}

void ChdbPool::GiveBack(chdb_connection* connection) {
  std::lock_guard lock(mutex_);
  free_.push_back(connection);
  returned_.notify_one();
}

void ChdbPool::Forget() {
  std::lock_guard lock(mutex_);
  --open_;
  returned_.notify_one();
}

}  // namespace adtally
