#include "http/event_loop.h"

#include <netinet/in.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>

#include "base/clock.h"
#include "http/session.h"

namespace adtally::http {
namespace {

constexpr int kAcceptRetryMs = 100;
constexpr int64_t kAcceptWarningEveryUs = 10'000'000;
// Connections beyond the limit that are told so; more than these are closed without a word.
constexpr int kRefusedConnections = 256;

// Once a second, more often only where a timeout is shorter than a few seconds.
int SweepMs(const ServerOptions& options) {
  const int shortest =
      std::min({options.header_timeout_ms, options.body_timeout_ms, options.idle_timeout_ms});
  return std::clamp(shortest / 4, 10, 1'000);
}

// Adds one unless that would exceed the limit.
bool CountUpTo(std::atomic<int>& count, int limit) {
  if (count.fetch_add(1) < limit) return true;
  count.fetch_sub(1);
  return false;
}

std::string HostOf(const asio::ip::tcp::endpoint& endpoint) {
  const asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace

EventLoop::EventLoop(ServerContext& context)
    : context_(context),
      sweep_ms_(SweepMs(context.options)),
      work_(io_.get_executor()),
      mailbox_(Mailbox::Create(io_)),
      acceptor_(io_),
      sweep_timer_(io_),
      accept_timer_(io_) {}

EventLoop::~EventLoop() {
  Finish();
}

Result<std::unique_ptr<EventLoop>> EventLoop::Start(ServerContext& context, int listen_fd,
                                                    int family) {
  std::unique_ptr<EventLoop> loop(new EventLoop(context));
  AsioError ec;
  loop->acceptor_.assign(family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), listen_fd,
                         ec);
  if (ec) {
    ::close(listen_fd);
    return Error{ErrorCode::kInternal, "the listening socket was refused: " + ec.message()};
  }
  // Signals are the main thread's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  loop->thread_ = std::thread([raw = loop.get()] { raw->RunThread(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(loop->thread_.native_handle(), "http");
  return loop;
}

void EventLoop::RunThread() {
  mailbox_->AttachThread();
  Accept();
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception& e) {
      // Out of memory, most likely: the request that met it is lost, the others go on.
      logger().Error(std::string("an HTTP connection failed: ") + e.what());
    }
  }
}

int64_t EventLoop::DeadlineUs(int timeout_ms) const {
  return now_us_ + (static_cast<int64_t>(timeout_ms) + sweep_ms_) * 1000;
}

void EventLoop::Accept() {
  accepting_ = true;
  acceptor_.async_accept([this](AsioError ec, Socket socket) {
    accepting_ = false;
    if (!ec) Admit(std::move(socket));
    if (draining_) {
      SignalIfEmpty();
    } else if (ec) {
      OnAcceptError(ec);
    } else {
      Accept();
    }
  });
}

void EventLoop::OnAcceptError(const AsioError& ec) {
  if (ec == asio::error::operation_aborted) return;
  if (ec == asio::error::connection_aborted) {
    Accept();
    return;
  }
  // Out of file descriptors or memory. The connection stays in the kernel's queue, so trying again
  // at once would spin; in a moment some other connection may have closed.
  const int64_t now_us = SystemClock().MonotonicMicros();
  if (accept_warning_us_ == 0 || now_us - accept_warning_us_ > kAcceptWarningEveryUs) {
    accept_warning_us_ = now_us;
    logger().Warning("HTTP connections cannot be accepted for now: " + ec.message() +
                     "; raise the limit of open files (ulimit -n) if this stays");
  }
  accept_timer_.expires_after(std::chrono::milliseconds(kAcceptRetryMs));
  accept_timer_.async_wait([this](AsioError failed) {
    if (!failed && !draining_) Accept();
  });
}

// Connections that the kernel has taken before the drain are served, not reset.
void EventLoop::AcceptBacklog() {
  AsioError ec;
  acceptor_.non_blocking(true, ec);
  while (!ec) {
    Socket socket = acceptor_.accept(ec);
    if (!ec) Admit(std::move(socket));
  }
}

void EventLoop::Admit(Socket socket) {
  AsioError ec;
  const auto peer = socket.remote_endpoint(ec);
  if (ec) return;  // gone already
  const bool refused = !CountUpTo(context_.connections, options().max_connections);
  if (refused && !CountUpTo(context_.refused, kRefusedConnections)) return;
  socket.set_option(asio::ip::tcp::no_delay(true), ec);  // a failure costs latency only
  if (!sweeping_) {
    now_us_ = SystemClock().MonotonicMicros();
    ScheduleSweep();
  }
  auto session = std::make_shared<Session>(*this, std::move(socket), HostOf(peer));
  session->index = sessions_.size();
  session->counter = refused ? &context_.refused : &context_.connections;
  sessions_.push_back(session);
  if (refused) {
    session->Refuse();
  } else {
    session->Start();
  }
  if (draining_) session->BeginDrain();
}

void EventLoop::Remove(Session& session) {
  session.counter->fetch_sub(1);
  const size_t index = session.index;
  const std::shared_ptr<Session> removed = std::move(sessions_[index]);
  if (index + 1 < sessions_.size()) {
    sessions_[index] = std::move(sessions_.back());
    sessions_[index]->index = index;
  }
  sessions_.pop_back();
  SignalIfEmpty();
}

void EventLoop::ScheduleSweep() {
  sweeping_ = true;
  sweep_timer_.expires_after(std::chrono::milliseconds(sweep_ms_));
  sweep_timer_.async_wait([this](AsioError ec) {
    sweeping_ = false;
    if (!ec) Sweep();
  });
}

// One timer for all sessions: a timer of each would cost every request two updates of a heap.
void EventLoop::Sweep() {
  now_us_ = SystemClock().MonotonicMicros();
  visited_ = sessions_;
  for (const auto& session : visited_) session->Sweep(now_us_);
  visited_.clear();
  if (!sessions_.empty()) ScheduleSweep();
}

void EventLoop::BeginDrain() {
  asio::post(io_, [this] {
    AcceptBacklog();
    draining_ = true;
    AsioError ignored;
    acceptor_.close(ignored);
    accept_timer_.cancel();
    visited_ = sessions_;
    for (const auto& session : visited_) session->BeginDrain();
    visited_.clear();
    SignalIfEmpty();
  });
}

void EventLoop::SignalIfEmpty() {
  if (!draining_ || accepting_ || !sessions_.empty()) return;
  std::lock_guard lock(mutex_);
  empty_ = true;
  emptied_.notify_all();
}

void EventLoop::WaitUntilEmpty(int64_t deadline_us) {
  const int64_t left_us = deadline_us - SystemClock().MonotonicMicros();
  std::unique_lock lock(mutex_);
  emptied_.wait_for(lock, std::chrono::microseconds(std::max<int64_t>(left_us, 0)),
                    [this] { return empty_; });
}

void EventLoop::Finish() {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] {
    mailbox_->Close();
    draining_ = true;
    while (!sessions_.empty()) {
      const std::shared_ptr<Session> session = sessions_.back();
      session->Close();
    }
    io_.stop();
  });
  thread_.join();
}

}  // namespace adtally::http
