#include <sys/socket.h>

#include <cerrno>

#include "http/event_loop.h"
#include "http/session.h"

namespace adtally::http {
namespace {

// After so many pieces in a row the loop's other sessions have their turn.
constexpr int kPiecesInARow = 8;

}  // namespace

Framing Session::FramingOf(const Response& response) const {
  if (!response.stream) return Framing::kLength;
  return parser_.head().http11 ? Framing::kChunks : Framing::kUntilClose;
}

void Session::BeginStream(std::shared_ptr<BodyReader> stream, Framing framing) {
  state_ = State::kStreaming;
  stream_ = std::move(stream);
  stream_in_chunks_ = framing == Framing::kChunks;
  // The pipe may outlive the session, and calls from the writer's thread.
  stream_->OnReady([mailbox = mailbox_, weak = weak_from_this()] {
    if (auto session = weak.lock()) mailbox->Wake(std::move(session));
  });
  if (loop_.draining() && stream_->endless()) EndStream();
}

void Session::ContinueStream() {
  if (state_ == State::kStreaming && !blocked_) Run();
}

// True when the body has ended. Otherwise it goes on when bytes come, or room to write them, or the
// session is closed.
bool Session::SendStream() {
  for (int i = 0; i < kPiecesInARow; ++i) {
    if (!Flush()) return false;
    std::string bytes;
    switch (stream_->Take(bytes)) {
      case BodyReader::Next::kBytes:
        AppendStreamed(std::move(bytes));
        break;
      case BodyReader::Next::kNothing:
        return false;
      case BodyReader::Next::kEnd:
        EndStream();
        return true;
      case BodyReader::Next::kBroken:
        Close();
        return false;
    }
  }
  mailbox_->Wake(shared_from_this());
  return false;
}

void Session::AppendStreamed(std::string bytes) {
  if (stream_in_chunks_) {
    AppendChunkSize(bytes.size(), output_);
    bytes += kChunkEnd;
  }
  tail_ = std::move(bytes);
}

// All that was taken is written.
void Session::EndStream() {
  stream_.reset();
  if (stream_in_chunks_) output_ += kLastChunk;
  if (loop_.draining()) close_after_answer_ = true;
  state_ = close_after_answer_ ? State::kClosing : State::kHead;
}

// Whether the peer has closed its side; what it sent before can be read first.
bool Session::PeerLeft() {
  char byte;
  const ssize_t got =
      ::recv(socket_->native_handle(), &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

}  // namespace adtally::http
