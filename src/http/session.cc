#include "http/session.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "http/event_loop.h"

namespace adtally::http {
namespace {

constexpr size_t kInputBytes = 4 << 10;
constexpr size_t kMinRead = 1 << 10;
constexpr size_t kChunkedRead = 16 << 10;
constexpr size_t kFirstBodyBytes = 64 << 10;
// Answers are batched up to here before they are written, when requests are pipelined.
constexpr size_t kOutputBatchBytes = 16 << 10;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

}  // namespace

Session::Session(EventLoop& loop, Socket socket, std::string remote_address)
    : loop_(loop),
      mailbox_(loop.mailbox()),
      options_(loop.options()),
      socket_(std::move(socket)),
      remote_address_(std::move(remote_address)),
      parser_(options_.max_body_bytes) {
  request_.left = left_;
}

void Session::Start() {
  SetDeadline(options_.idle_timeout_ms);
  StartRead();
}

void Session::SetDeadline(int timeout_ms) {
  deadline_us_ = loop_.DeadlineUs(timeout_ms);
}

// Takes requests out of the input until one waits for its answer, for bytes, or for room to write.
void Session::Run() {
  while (state_ == State::kHead || state_ == State::kBody || state_ == State::kStreaming) {
    if (state_ == State::kStreaming) {
      if (!SendStream()) return;
      continue;
    }
    if (PendingOutput() > kOutputBatchBytes && !Flush()) return;
    const bool complete = state_ == State::kHead ? ReadHead() : ReadBody();
    if (complete) {
      Dispatch();
    } else if (state_ == State::kHead || state_ == State::kBody) {
      WaitForBytes();
      return;
    }
  }
  if (state_ != State::kClosed) Flush();
}

// True when a request is complete. Otherwise more bytes are needed, or Fail() was called.
bool Session::ReadHead() {
  // Empty lines before a request are ignored, as RFC 9112 asks.
  while (begin_ < end_ && (input_[begin_] == '\r' || input_[begin_] == '\n') && scanned_ == 0) {
    ++begin_;
  }
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (!started_) SetDeadline(options_.idle_timeout_ms);
    return false;
  }
  if (!started_) {
    started_ = true;
    SetDeadline(options_.header_timeout_ms);
  }
  if (!HeadIsWhole()) return false;
  if (!parser_.ParseHead(Input())) {
    const auto& failure = parser_.failure();
    Fail(failure.status, failure.detail);
    return false;
  }
  if (parser_.head().bytes > options_.max_header_bytes) {
    Fail(431, "the request's head is over the limit of " +
                  std::to_string(options_.max_header_bytes) + " bytes");
    return false;
  }
  return StartBody();
}

// Parsing waits for the whole head. So that a client that will never send one gets its answer at
// once, the first byte and the first line's end are checked before.
bool Session::HeadIsWhole() {
  const std::string_view data = Input();
  if (data.ends_with(kEndOfHead)) return true;
  const size_t from = scanned_ < kEndOfHead.size() ? 0 : scanned_ - kEndOfHead.size();
  if (data.find(kEndOfHead, from) != std::string_view::npos) return true;
  scanned_ = data.size();
  if (data.size() > options_.max_header_bytes) {
    Fail(431, "the request's head is over the limit of " +
                  std::to_string(options_.max_header_bytes) + " bytes");
    return false;
  }
  const size_t line_end = data.find('\n');
  const bool bad_line = line_end != std::string_view::npos && data[line_end - 1] != '\r';
  if (data[0] < '!' || data[0] > '~' || bad_line) {
    Fail(400, "this is not an HTTP request");
  }
  return false;
}

bool Session::StartBody() {
  const RequestHead& head = parser_.head();
  consumed_ = head.bytes;
  body_.clear();
  body_received_ = 0;
  body_in_input_ = false;
  const size_t available = end_ - begin_ - head.bytes;
  if (!head.chunked && head.content_length <= available) {
    body_in_input_ = true;
    consumed_ += static_cast<size_t>(head.content_length);
    return true;
  }
  state_ = State::kBody;
  SetDeadline(options_.body_timeout_ms);
  if (head.expects_continue && available == 0) output_ += "HTTP/1.1 100 Continue\r\n\r\n";
  if (!head.chunked) {
    body_.assign(input_, begin_ + head.bytes, available);
    body_received_ = available;
    consumed_ += available;
  }
  return ReadBody();
}

bool Session::ReadBody() {
  if (parser_.head().chunked) return ReadChunks();
  if (body_received_ < parser_.head().content_length) return false;
  body_.resize(body_received_);
  return true;
}

bool Session::ReadChunks() {
  const size_t start = begin_ + parser_.head().bytes;
  if (start == end_) return false;
  size_t taken = 0;
  const auto progress = parser_.ParseChunks({input_.data() + start, end_ - start}, body_, taken);
  if (progress == RequestParser::Progress::kFailed) {
    const auto& failure = parser_.failure();
    Fail(failure.status, failure.detail);
    return false;
  }
  std::memmove(input_.data() + start, input_.data() + start + taken, end_ - start - taken);
  end_ -= taken;
  if (progress == RequestParser::Progress::kDone) return true;
  if (end_ - start > options_.max_header_bytes) {
    Fail(431, "a chunk's header or the trailers are over the limit of " +
                  std::to_string(options_.max_header_bytes) + " bytes");
  }
  return false;
}

void Session::WaitForBytes() {
  if (!Flush()) return;
  if (loop_.draining() && IsIdle()) {
    Close();
    return;
  }
  StartRead();
}

void Session::StartRead() {
  if (reading_) return;
  reading_ = true;
  reading_body_ = state_ == State::kBody && !parser_.head().chunked;
  asio::mutable_buffer target;
  if (reading_body_) {
    if (body_received_ == body_.size()) {
      // Grown as bytes come: an announced length alone must not cost memory.
      const size_t wanted = std::max(body_.size() * 2, kFirstBodyBytes);
      body_.resize(std::min<size_t>(wanted, parser_.head().content_length));
    }
    target = asio::buffer(body_.data() + body_received_, body_.size() - body_received_);
  } else {
    MakeInputRoom(state_ == State::kBody ? kChunkedRead : kMinRead);
    target = asio::buffer(input_.data() + end_, input_.size() - end_);
  }
  socket_->async_read_some(
      target, [self = shared_from_this()](AsioError ec, size_t bytes) { self->OnRead(ec, bytes); });
}

void Session::MakeInputRoom(size_t bytes) {
  if (input_.size() - end_ >= bytes) return;
  if (begin_ > 0) {
    std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (input_.size() - end_ < bytes) {
    input_.resize(std::max({kInputBytes, input_.size() * 2, end_ + bytes}));
  }
}

void Session::OnRead(AsioError ec, size_t bytes) {
  reading_ = false;
  if (state_ == State::kClosed) return;
  if (ec == asio::error::operation_aborted && loop_.draining() && IsIdle()) {
    TakeLastBytes();
    return;
  }
  if (ec) {
    Close();
    return;
  }
  if (state_ == State::kLinger) {
    linger_bytes_ -= std::min(linger_bytes_, bytes);
    if (linger_bytes_ == 0) {
      Close();
    } else {
      StartRead();
    }
    return;
  }
  if (state_ != State::kHead && state_ != State::kBody) return;  // timed out meanwhile
  if (reading_body_) {
    body_received_ += bytes;
  } else {
    end_ += bytes;
  }
  Run();
}

// A request may have arrived in the moment of the drain: it is answered, not reset.
void Session::TakeLastBytes() {
  const ssize_t bytes =
      ::recv(socket_->native_handle(), input_.data() + end_, input_.size() - end_, MSG_DONTWAIT);
  if (bytes <= 0) {
    Close();
    return;
  }
  end_ += static_cast<size_t>(bytes);
  Run();
}

void Session::Sweep(int64_t now_us) {
  if ((state_ == State::kHandling || state_ == State::kStreaming) && PeerLeft()) {
    *left_ = true;
    if (state_ == State::kStreaming) return Close();
  }
  if (blocked_) {
    if (now_us >= write_deadline_us_) Close();
    return;
  }
  if (deadline_us_ == 0 || now_us < deadline_us_) return;
  const bool reading_request = (state_ == State::kHead && started_) || state_ == State::kBody;
  if (!reading_request) {
    Close();
    return;
  }
  Fail(408, state_ == State::kHead ? "the request's head did not arrive in time"
                                   : "the request's body did not arrive in time");
  Flush();
}

void Session::BeginDrain() {
  if (state_ == State::kLinger) {
    Close();
  } else if (state_ == State::kStreaming && stream_->endless()) {
    if (PendingOutput() > 0) return Close();  // its client does not read
    EndStream();
    Run();
  } else if (IsIdle()) {
    if (reading_) {
      socket_->cancel();  // continues in TakeLastBytes()
    } else if (!blocked_) {
      Close();
    }
  }
}

void Session::Close() {
  if (state_ == State::kClosed) return;
  if (state_ == State::kStreaming) {
    // A body without a length would look whole at an orderly end of the connection. (Asio takes an
    // option that it has set itself back when it closes.)
    const linger reset{1, 0};
    ::setsockopt(socket_->native_handle(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  }
  state_ = State::kClosed;
  *left_ = true;
  stream_.reset();
  socket_.reset();
  loop_.Remove(*this);  // may destroy this
}

}  // namespace adtally::http
