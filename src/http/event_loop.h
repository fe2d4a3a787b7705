#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/logger.h"
#include "base/result.h"
#include "http/asio.h"
#include "http/content_decoder.h"
#include "http/mailbox.h"
#include "http/server.h"
#include "http/socket_address.h"

namespace adtally::http {

// What all loops of a server share. Outlives them.
struct ServerContext {
  ServerOptions options;
  Handler handler;
  Logger& logger;
  std::atomic<int> connections{0};
  std::atomic<int> refused{0};  // that are being told so
};

// One I/O thread with its own acceptor on the server's port, and the sessions that it accepted.
class EventLoop {
 public:
  // Takes a listening socket.
  static Result<std::unique_ptr<EventLoop>> Start(ServerContext& context, int listen_fd,
                                                  int family);
  ~EventLoop();

  // Stops accepting, closes idle sessions, lets the others end. Any thread.
  void BeginDrain();
  // Waits until a draining loop has no session left, at most until `deadline_us` of the monotonic
  // clock.
  void WaitUntilEmpty(int64_t deadline_us);
  // Closes what is left and ends the thread.
  void Finish();

  // The rest is for sessions, on the loop's thread.
  const ServerOptions& options() const { return context_.options; }
  const Handler& handler() const { return context_.handler; }
  Logger& logger() const { return context_.logger; }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  ContentDecoder& decoder() { return decoder_; }
  bool draining() const { return draining_; }
  // When something that starts now and may take `timeout_ms` is late. Coarse: never early, a sweep
  // late at most.
  int64_t DeadlineUs(int timeout_ms) const;
  void Remove(Session& session);

 private:
  explicit EventLoop(ServerContext& context);
  void RunThread();
  void Accept();
  void OnAccept(AsioError ec, Socket socket);
  void OnAcceptError(const AsioError& ec);
  void AcceptBacklog();
  void Admit(Socket socket);
  void ScheduleSweep();
  void Sweep();
  void SignalIfEmpty();

  ServerContext& context_;
  const int sweep_ms_;
  asio::io_context io_{1};
  asio::executor_work_guard<Executor> work_;
  std::shared_ptr<Mailbox> mailbox_;
  Acceptor acceptor_;
  Timer sweep_timer_;
  Timer accept_timer_;
  ContentDecoder decoder_;
  std::vector<std::shared_ptr<Session>> sessions_;
  std::vector<std::shared_ptr<Session>> visited_;  // a snapshot to walk while sessions close
  int64_t now_us_ = 0;
  int64_t accept_warning_us_ = 0;
  bool sweeping_ = false;
  bool accepting_ = false;  // an accept is pending
  bool draining_ = false;

  std::mutex mutex_;
  std::condition_variable emptied_;
  bool empty_ = false;  // draining and without sessions
  std::thread thread_;
};

}  // namespace adtally::http
