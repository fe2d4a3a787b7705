#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/asio.h"
#include "http/body_pipe.h"
#include "http/mailbox.h"
#include "http/message.h"
#include "http/request_parser.h"
#include "http/response_writer.h"
#include "http/server.h"

namespace adtally::http {

class EventLoop;

// One connection: reads requests, hands each to the handler, writes the answers in order.
//
// Everything but Complete() runs on the loop's thread. The loop owns a session until it is closed;
// Responders keep its memory (the request that a handler may still read) beyond that, but nothing
// else: a closed session touches neither its socket nor its loop.
//
// Invariants:
//  1. While a request waits for its answer (kHandling) no read is pending, so that its views stay
//     valid.
//  2. A read is started only when all output was written, so a client that does not read its
//     answers is not read from. Likewise more of a streamed body is taken only when what was taken
//     is written.
//  3. Between begin_ and end_ lie the bytes of the current request's head (and, where it came
//     whole, its body), then what follows it.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(EventLoop& loop, Socket socket, std::string remote_address);

  void Start();
  // Answers 503 without reading, and closes.
  void Refuse();
  // Takes the answer of the request under way, from any thread.
  void Complete(Response response);
  void Answer(Response response);
  // Sends what has come of a streamed body.
  void ContinueStream();
  // Closes, or answers 408, when a deadline has passed.
  void Sweep(int64_t now_us);
  // Closes when idle; otherwise after the answers under way, of which endless ones end now.
  void BeginDrain();
  void Close();

  // The loop's: where the session stands in its table, and among which connections it counts.
  size_t index = 0;
  std::atomic<int>* counter = nullptr;

 private:
  enum class State { kHead, kBody, kHandling, kStreaming, kClosing, kLinger, kClosed };

  bool IsIdle() const { return state_ == State::kHead && begin_ == end_; }
  std::string_view Input() const { return {input_.data() + begin_, end_ - begin_}; }
  void SetDeadline(int timeout_ms);

  // Input (session.cc)
  void Run();
  bool ReadHead();
  bool HeadIsWhole();
  bool StartBody();
  bool ReadBody();
  bool ReadChunks();
  void WaitForBytes();
  void StartRead();
  void OnRead(AsioError ec, size_t bytes);
  void TakeLastBytes();
  void MakeInputRoom(size_t bytes);

  // Requests and answers (session_answer.cc)
  void Dispatch();
  void CallHandler();
  Result<std::string_view> DecodedBody();
  Responder MakeResponder();
  void EndRequest();
  void Fail(int status, std::string_view detail);
  void Render(Response response, Framing framing);

  // A streamed body (session_stream.cc)
  Framing FramingOf(const Response& response) const;
  void BeginStream(std::shared_ptr<BodyReader> stream, Framing framing);
  bool SendStream();
  void AppendStreamed(std::string bytes);
  void EndStream();
  bool PeerLeft();

  // Output (session_answer.cc)
  size_t PendingOutput() const { return output_.size() + tail_.size() - written_; }
  bool Flush();
  bool SendSome();
  void WaitUntilWritable();
  void FinishClosing();

  EventLoop& loop_;
  const std::shared_ptr<Mailbox> mailbox_;
  const ServerOptions& options_;
  std::optional<Socket> socket_;  // empty once closed
  const std::string remote_address_;
  State state_ = State::kHead;
  int64_t deadline_us_ = 0;        // for reading or lingering; 0: none
  int64_t write_deadline_us_ = 0;  // while blocked_
  bool reading_ = false;           // a read is pending
  bool reading_body_ = false;      // it goes to body_
  bool blocked_ = false;           // the socket takes no more output for now
  bool started_ = false;           // the first byte of a request was seen
  bool in_handler_ = false;
  bool close_after_answer_ = false;
  bool linger_ = false;
  size_t linger_bytes_ = 0;

  std::string input_;  // its size is the buffer's capacity
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t scanned_ = 0;   // bytes after begin_ in which no end of a head was found
  size_t consumed_ = 0;  // bytes after begin_ that belong to the current request
  RequestParser parser_;
  std::string body_;  // a body that did not come whole with its head
  size_t body_received_ = 0;
  bool body_in_input_ = false;
  std::string decoded_;
  Request request_;
  const std::shared_ptr<std::atomic<bool>> left_ = std::make_shared<std::atomic<bool>>(false);

  std::shared_ptr<BodyReader> stream_;  // while kStreaming
  bool stream_in_chunks_ = false;

  std::string output_;
  std::string tail_;  // a large body, sent after output_ without a copy
  size_t written_ = 0;
};

}  // namespace adtally::http
