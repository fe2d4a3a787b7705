#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace adtally::http {

class BodyReader;
struct BodyPipeState;

// The writing end of a response body that is sent while it is made. Destroyed before Finish(), it
// breaks the transfer: the client sees that its answer is not whole. Thread-safe.
class BodyWriter {
 public:
  explicit BodyWriter(std::shared_ptr<BodyPipeState> state) : state_(std::move(state)) {}
  BodyWriter(BodyWriter&&) = default;
  BodyWriter& operator=(BodyWriter&&) = delete;
  ~BodyWriter();

  // Waits while the pipe is full, however slow the client is. False once the reader has left.
  bool Write(std::string_view bytes);
  // Does not wait: false, and nothing is written, while the pipe holds bytes that were not taken,
  // or when the reader has left.
  bool TryWrite(std::string_view bytes);
  // Whether the client, or the server that has given it up, takes no more.
  bool ReaderLeft() const;
  // The body is whole. Nothing can be written after it.
  void Finish();

 private:
  std::shared_ptr<BodyPipeState> state_;  // nullptr: moved from
};

// The reading end, for the server. Destroying it tells the writer that the reader has left. Used by
// one thread at a time.
class BodyReader {
 public:
  explicit BodyReader(std::shared_ptr<BodyPipeState> state) : state_(std::move(state)) {}
  BodyReader(const BodyReader&) = delete;
  BodyReader& operator=(const BodyReader&) = delete;
  ~BodyReader();

  enum class Next {
    kBytes,    // some were taken
    kNothing,  // none are there yet: `wake` will be called once, by the writer's thread
    kEnd,      // the body is whole
    kBroken,   // it will never be
  };
  // Puts what is there into `bytes`.
  Next Take(std::string& bytes);
  // To be set before the first Take.
  void OnReady(std::function<void()> wake);
  // Has no end of its own, so that a server which stops ends it.
  bool endless() const;

 private:
  const std::shared_ptr<BodyPipeState> state_;
};

// A body between its writer and the server. Holds `capacity` bytes and one write more at most, so a
// client that reads slowly holds the writer up and costs no memory.
struct BodyPipe {
  static constexpr size_t kCapacity = 256 << 10;
  static BodyPipe Create(bool endless = false, size_t capacity = kCapacity);

  BodyWriter writer;
  std::shared_ptr<BodyReader> reader;  // goes into Response::stream
};

}  // namespace adtally::http
