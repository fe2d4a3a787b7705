#include <sys/socket.h>
#include <sys/uio.h>

#include <atomic>
#include <cerrno>
#include <exception>

#include "base/check.h"
#include "http/event_loop.h"
#include "http/session.h"

namespace adtally::http {
namespace {

// Buffers that grew beyond this are given back after the request.
constexpr size_t kKeptBytes = 256 << 10;
constexpr size_t kKeptOutputBytes = 64 << 10;
// A larger body is sent from where it is.
constexpr size_t kCopiedBodyBytes = 16 << 10;
// After an error the client may still be sending. Closing at once would reset the connection and
// lose the answer, so what comes is read and dropped for a while.
constexpr size_t kLingerBytes = 4 << 20;
constexpr int kLingerMs = 2'000;

void Release(std::string& buffer, size_t kept) {
  if (buffer.capacity() > kept) {
    std::string().swap(buffer);
  } else {
    buffer.clear();
  }
}

// What all copies of one Responder share. The last one to go answers 500 if nobody did.
class Ticket {
 public:
  explicit Ticket(std::shared_ptr<Session> session) : session_(std::move(session)) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() {
    if (!answered_.load()) {
      session_->Complete(Problem(500, "the request was dropped without an answer"));
    }
  }

  void Answer(Response response) {
    ADTALLY_CHECK(!answered_.exchange(true), "a request was answered twice");
    session_->Complete(std::move(response));
  }

 private:
  std::shared_ptr<Session> session_;
  std::atomic<bool> answered_{false};
};

}  // namespace

void Session::Dispatch() {
  state_ = State::kHandling;
  deadline_us_ = 0;
  close_after_answer_ = !parser_.head().keep_alive;
  in_handler_ = true;
  const auto body = DecodedBody();
  if (body.ok()) {
    request_.body = *body;
    CallHandler();
  } else {
    Answer(Problem(body.error()));
  }
  in_handler_ = false;
}

Result<std::string_view> Session::DecodedBody() {
  const RequestHead& head = parser_.head();
  std::string_view body = body_;
  if (body_in_input_) body = Input().substr(head.bytes, consumed_ - head.bytes);
  if (head.coding == ContentCoding::kIdentity) return body;
  ADTALLY_TRY(loop_.decoder().Decode(head.coding, body, options_.max_body_bytes, decoded_));
  return std::string_view(decoded_);
}

void Session::CallHandler() {
  const RequestHead& head = parser_.head();
  const std::string_view bytes = Input();
  request_.method = head.method.In(bytes);
  request_.path = head.path.In(bytes);
  request_.query = head.query.In(bytes);
  request_.remote_address = remote_address_;
  request_.headers.clear();
  for (const auto& [name, value] : head.headers) {
    request_.headers.emplace_back(name.In(bytes), value.In(bytes));
  }
  try {
    loop_.handler()(request_, MakeResponder());
  } catch (const std::exception& e) {
    loop_.logger().Error(std::string("an HTTP handler threw: ") + e.what());
  }
}

Responder Session::MakeResponder() {
  return [ticket = std::make_shared<Ticket>(shared_from_this())](Response response) {
    ticket->Answer(std::move(response));
  };
}

void Session::Complete(Response response) {
  if (mailbox_->OnLoopThread() && in_handler_) {
    Answer(std::move(response));
  } else {
    mailbox_->Put(shared_from_this(), std::move(response));
  }
}

void Session::Answer(Response response) {
  if (state_ == State::kClosed) return;
  if (loop_.draining()) close_after_answer_ = true;
  const Framing framing = FramingOf(response);
  if (framing == Framing::kUntilClose) close_after_answer_ = true;
  std::shared_ptr<BodyReader> stream = std::move(response.stream);
  const bool streams = stream && !parser_.head().is_head;
  Render(std::move(response), framing);
  EndRequest();
  if (streams) BeginStream(std::move(stream), framing);
  if (!in_handler_) Run();
}

void Session::EndRequest() {
  begin_ += consumed_;
  if (begin_ == end_) begin_ = end_ = 0;
  scanned_ = 0;
  consumed_ = 0;
  started_ = false;
  parser_.Reset();
  Release(body_, kKeptBytes);
  Release(decoded_, kKeptBytes);
  linger_ = begin_ != end_;
  state_ = close_after_answer_ ? State::kClosing : State::kHead;
}

void Session::Fail(int status, std::string_view detail) {
  deadline_us_ = 0;
  close_after_answer_ = true;
  Render(Problem(status, detail), Framing::kLength);
  linger_ = true;
  state_ = State::kClosing;
}

void Session::Refuse() {
  Fail(503, "too many connections; try again in a moment");
  Flush();
}

void Session::Render(Response response, Framing framing) {
  const RequestHead& head = parser_.head();
  ConnectionHeader connection = ConnectionHeader::kNone;
  if (close_after_answer_) {
    connection = ConnectionHeader::kClose;
  } else if (!head.http11) {
    connection = ConnectionHeader::kKeepAlive;
  }
  AppendResponseHead(response, connection, framing, output_);
  if (head.is_head || !StatusHasBody(response.status)) return;
  if (response.body.size() > kCopiedBodyBytes) {
    tail_ = std::move(response.body);  // Run() dispatches nothing before a tail is written
  } else {
    output_ += response.body;
  }
}

// True when all output was written and the connection is still there.
bool Session::Flush() {
  if (blocked_) return false;
  while (PendingOutput() > 0) {
    if (SendSome()) continue;
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      WaitUntilWritable();
    } else {
      Close();
    }
    return false;
  }
  written_ = 0;
  Release(output_, kKeptOutputBytes);
  Release(tail_, 0);
  if (state_ == State::kClosing) FinishClosing();
  return state_ != State::kClosed;
}

// One write without blocking; false leaves errno.
bool Session::SendSome() {
  iovec parts[2];
  size_t count = 0;
  size_t skip = written_;
  for (std::string* part : {&output_, &tail_}) {
    if (skip >= part->size()) {
      skip -= part->size();
      continue;
    }
    parts[count++] = {part->data() + skip, part->size() - skip};
    skip = 0;
  }
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  const ssize_t sent = ::sendmsg(socket_->native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return false;
  written_ += static_cast<size_t>(sent);
  return true;
}

void Session::WaitUntilWritable() {
  blocked_ = true;
  write_deadline_us_ = loop_.DeadlineUs(options_.body_timeout_ms);
  socket_->async_wait(Socket::wait_write, [self = shared_from_this()](AsioError) {
    if (self->state_ == State::kClosed) return;
    self->blocked_ = false;
    if (self->Flush()) self->Run();
  });
}

void Session::FinishClosing() {
  if (!linger_ || loop_.draining()) {
    Close();
    return;
  }
  AsioError ignored;  // the peer may be gone already, which the read will tell
  socket_->shutdown(Socket::shutdown_send, ignored);
  state_ = State::kLinger;
  linger_bytes_ = kLingerBytes;
  SetDeadline(kLingerMs);
  StartRead();
}

}  // namespace adtally::http
