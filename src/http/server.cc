#include "http/server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "http/event_loop.h"
#include "http/session.h"
#include "http/socket_address.h"

namespace adtally::http {
namespace {

constexpr int kBacklog = 4096;

Error ListenError(const SocketAddress& address, int error) {
  const std::string where = "cannot listen on " + address.ToString() + ": ";
  switch (error) {
    case EADDRINUSE:
      return {ErrorCode::kConflict, where +
                                        "another program uses the port; stop it or choose "
                                        "another port"};
    case EADDRNOTAVAIL:
      return {ErrorCode::kInvalidArgument, where +
                                               "this machine has no such address; use one of "
                                               "its own, or 0.0.0.0 for all"};
    case EACCES:
      return {ErrorCode::kForbidden, where +
                                         "ports below 1024 need special rights; choose a "
                                         "higher port"};
    default:
      return {ErrorCode::kUnavailable, where + std::strerror(error)};
  }
}

// Opens one listening socket and sets the port that was taken in `address`.
//
// With SO_REUSEPORT from the start two servers of one user could share a port unnoticed. So the
// first socket is bound without it, which fails if the port is taken, and gets it afterwards, which
// lets its siblings join.
Result<int> Listen(SocketAddress& address, bool first, bool shared) {
  const int fd = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return ListenError(address, errno);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (!first) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  int status = ::bind(fd, address.get(), address.size);
  if (status == 0 && first && shared) {
    status = ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  }
  if (status == 0) status = ::listen(fd, kBacklog);
  if (status == 0) status = ::getsockname(fd, address.get(), &address.size);
  if (status != 0) {
    const int error = errno;
    ::close(fd);
    return ListenError(address, error);
  }
  return fd;
}

}  // namespace

struct Server::Impl {
  ServerContext context;
  SocketAddress address;
  std::vector<std::unique_ptr<EventLoop>> loops;
  std::mutex stop_mutex;

  Impl(ServerOptions options, Handler handler, Logger& logger)
      : context{std::move(options), std::move(handler), logger} {}

  Result<void> StartLoops() {
    const int threads = context.options.threads;
    for (int i = 0; i < threads; ++i) {
      ADTALLY_ASSIGN(const int fd, Listen(address, i == 0, threads > 1));
      ADTALLY_ASSIGN(auto loop, EventLoop::Start(context, fd, address.family()));
      loops.push_back(std::move(loop));
    }
    return {};
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  Stop();
}

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, Handler handler,
                                              Logger& logger) {
  ADTALLY_CHECK(options.threads > 0, "an HTTP server needs a thread");
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler), logger);
  ADTALLY_ASSIGN(impl->address, ResolveSocketAddress(impl->context.options.listen));
  ADTALLY_TRY(impl->StartLoops());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::string Server::address() const {
  return impl_->address.ToString();
}

void Server::Stop(int drain_ms) {
  std::lock_guard lock(impl_->stop_mutex);
  for (const auto& loop : impl_->loops) {
    ADTALLY_CHECK(!loop->mailbox()->OnLoopThread(), "a handler cannot stop its own server");
    loop->BeginDrain();
  }
  const int64_t deadline_us = SystemClock().MonotonicMicros() + int64_t{drain_ms} * 1000;
  for (const auto& loop : impl_->loops) loop->WaitUntilEmpty(deadline_us);
  impl_->loops.clear();
}

}  // namespace adtally::http
