#include "http/body_pipe.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/check.h"

namespace adtally::http {

struct BodyPipeState {
  BodyPipeState(size_t given_capacity, bool has_no_end)
      : capacity(given_capacity), endless(has_no_end) {}

  const size_t capacity;
  const bool endless;
  std::mutex mutex;
  std::condition_variable taken;
  std::string bytes;
  bool finished = false;
  bool broken = false;
  bool left = false;
  bool waiting = false;  // the reader is to be woken
  std::function<void()> wake;

  // Called without the lock: the reader's own locks are not ours to hold.
  std::function<void()> ToWake() {
    return std::exchange(waiting, false) ? wake : std::function<void()>();
  }
  void Put(std::string_view more, std::unique_lock<std::mutex> lock) {
    bytes += more;
    const auto call = ToWake();
    lock.unlock();
    if (call) call();
  }
  void End(bool BodyPipeState::*how) {
    std::unique_lock lock(mutex);
    this->*how = true;
    const auto call = ToWake();
    lock.unlock();
    if (call) call();
  }
};

BodyWriter::~BodyWriter() {
  if (!state_) return;
  bool open = false;
  {
    std::lock_guard lock(state_->mutex);
    open = !state_->finished;
  }
  if (open) state_->End(&BodyPipeState::broken);
}

bool BodyWriter::Write(std::string_view bytes) {
  std::unique_lock lock(state_->mutex);
  ADTALLY_CHECK(!state_->finished, "a body is written after its end");
  state_->taken.wait(lock, [&] { return state_->left || state_->bytes.size() < state_->capacity; });
  if (state_->left) return false;
  state_->Put(bytes, std::move(lock));
  return true;
}

bool BodyWriter::TryWrite(std::string_view bytes) {
  std::unique_lock lock(state_->mutex);
  ADTALLY_CHECK(!state_->finished, "a body is written after its end");
  if (state_->left || !state_->bytes.empty()) return false;
  state_->Put(bytes, std::move(lock));
  return true;
}

bool BodyWriter::ReaderLeft() const {
  std::lock_guard lock(state_->mutex);
  return state_->left;
}

void BodyWriter::Finish() {
  state_->End(&BodyPipeState::finished);
}

BodyReader::~BodyReader() {
  std::lock_guard lock(state_->mutex);
  state_->left = true;
  state_->wake = nullptr;
  state_->bytes = {};
  state_->taken.notify_all();
}

BodyReader::Next BodyReader::Take(std::string& bytes) {
  std::lock_guard lock(state_->mutex);
  bytes.clear();
  if (!state_->bytes.empty()) {
    bytes.swap(state_->bytes);
    state_->taken.notify_all();
    return Next::kBytes;
  }
  if (state_->broken) return Next::kBroken;
  if (state_->finished) return Next::kEnd;
  state_->waiting = true;
  return Next::kNothing;
}

void BodyReader::OnReady(std::function<void()> wake) {
  std::lock_guard lock(state_->mutex);
  state_->wake = std::move(wake);
}

bool BodyReader::endless() const {
  return state_->endless;
}

BodyPipe BodyPipe::Create(bool endless, size_t capacity) {
  auto state = std::make_shared<BodyPipeState>(capacity, endless);
  return {BodyWriter(state), std::make_shared<BodyReader>(state)};
}

}  // namespace adtally::http
