#include "http/client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/clock.h"
#include "http/socket_address.h"

namespace adtally::http {
namespace {

namespace bhttp = boost::beast::http;
using Parser = bhttp::response_parser<bhttp::string_body>;

constexpr uint64_t kMaxAnswerBytes = 1u << 30;
constexpr uint32_t kMaxAnswerHeadBytes = 64 << 10;
constexpr size_t kReadBytes = 64 << 10;

// CR or LF in what becomes a line of the request would let its value add lines.
bool FitsLine(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

Response ToResponse(Parser& parser) {
  Response response;
  auto message = parser.release();
  response.status = static_cast<int>(message.result_int());
  response.body = std::move(message.body());
  for (const auto& field : message) {
    const auto name = field.name_string();
    const auto value = field.value();
    response.headers.emplace_back(std::string(name.data(), name.size()),
                                  std::string(value.data(), value.size()));
  }
  return response;
}

}  // namespace

struct Client::Impl {
  std::string origin;
  std::string host;
  int timeout_ms = 0;
  int fd = -1;
  int64_t deadline_us = 0;
  std::string buffer;  // bytes of the answer that were not parsed yet

  // The connection was closed before any byte of the answer: if it was an old one, the server had
  // given it up.
  bool lost_unanswered = false;

  ~Impl() { Disconnect(); }

  void Disconnect() {
    if (fd >= 0) ::close(fd);
    fd = -1;
    buffer.clear();
  }

  Error Unavailable(std::string_view what) {
    return {ErrorCode::kUnavailable, origin + " " + std::string(what)};
  }
  Error TimedOut() {
    return Unavailable("did not answer within " + std::to_string(timeout_ms) + " ms");
  }

  Result<short> Wait(short events);
  Result<void> Connect();
  Result<void> SendAll(std::string_view head, std::string_view body, bool& all_sent);
  Result<size_t> Receive();
  Result<Response> ReadAnswer(bool no_body, bool& keep_alive);
  Result<Response> Exchange(std::string_view head, std::string_view body, bool no_body);
  std::string Head(std::string_view method, std::string_view target,
                   const std::vector<std::pair<std::string, std::string>>& headers,
                   size_t body_bytes) const;
};

// Waits until one of the events, at most until the deadline; returns those that came.
Result<short> Client::Impl::Wait(short events) {
  for (;;) {
    const int64_t left_us = deadline_us - SystemClock().MonotonicMicros();
    if (left_us <= 0) return TimedOut();
    pollfd poll{fd, events, 0};
    const int ready = ::poll(&poll, 1, static_cast<int>(left_us / 1000 + 1));
    if (ready > 0) return poll.revents;
    if (ready < 0 && errno != EINTR) {
      return Unavailable(std::string("cannot be waited for: ") + std::strerror(errno));
    }
  }
}

Result<void> Client::Impl::Connect() {
  ADTALLY_ASSIGN(const SocketAddress address, ResolveSocketAddress(host));
  fd = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Unavailable(std::string("cannot be reached: ") + std::strerror(errno));
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  int error = ::connect(fd, address.get(), address.size) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    ADTALLY_TRY(Wait(POLLOUT));
    socklen_t size = sizeof(error);
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error == 0) return {};
  return Unavailable(std::string("cannot be reached: ") + std::strerror(error));
}

// Stops early, with `all_sent` false, when the server answers or closes before it has read
// everything: it may refuse a large body at once, and that answer is worth reading.
Result<void> Client::Impl::SendAll(std::string_view head, std::string_view body, bool& all_sent) {
  all_sent = false;
  while (!head.empty() || !body.empty()) {
    iovec parts[2] = {{const_cast<char*>(head.data()), head.size()},
                      {const_cast<char*>(body.data()), body.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      const size_t of_head = std::min(static_cast<size_t>(sent), head.size());
      head.remove_prefix(of_head);
      body.remove_prefix(static_cast<size_t>(sent) - of_head);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      ADTALLY_ASSIGN(const short events, Wait(POLLIN | POLLOUT));
      if ((events & POLLIN) != 0) return {};
    } else if (errno != EINTR) {
      return {};  // what can still be read tells whether there is an answer
    }
  }
  all_sent = true;
  return {};
}

// Reads some bytes into the buffer; 0 when the server has closed.
Result<size_t> Client::Impl::Receive() {
  for (;;) {
    const size_t before = buffer.size();
    buffer.resize(before + kReadBytes);
    const ssize_t got = ::recv(fd, buffer.data() + before, kReadBytes, 0);
    const int error = errno;
    buffer.resize(before + (got > 0 ? static_cast<size_t>(got) : 0));
    if (got >= 0) return static_cast<size_t>(got);
    if (error == ECONNRESET || error == EPIPE) return size_t{0};
    if (error == EAGAIN || error == EWOULDBLOCK) {
      ADTALLY_TRY(Wait(POLLIN));
    } else if (error != EINTR) {
      return Unavailable(std::string("cannot be read from: ") + std::strerror(error));
    }
  }
}

Result<Response> Client::Impl::ReadAnswer(bool no_body, bool& keep_alive) {
  std::optional<Parser> parser;
  const auto restart = [&] {
    parser.emplace();
    parser->eager(true);
    parser->body_limit(kMaxAnswerBytes);
    parser->header_limit(kMaxAnswerHeadBytes);
    parser->skip(no_body);
  };
  restart();
  bool any = false;
  for (;;) {
    ADTALLY_ASSIGN(const size_t got, Receive());
    any = any || got > 0;
    boost::system::error_code ec;
    if (got == 0) {
      lost_unanswered = !any;
      if (!parser->got_some()) return Unavailable("closed the connection without an answer");
      parser->put_eof(ec);
      if (ec || !parser->is_done()) return Unavailable("closed the connection within its answer");
    }
    while (!parser->is_done() && !buffer.empty()) {
      const size_t used = parser->put(boost::asio::const_buffer(buffer.data(), buffer.size()), ec);
      buffer.erase(0, used);
      if (ec == bhttp::error::need_more) break;
      if (ec) return Unavailable("sent what is not an HTTP answer: " + ec.message());
      if (parser->is_done() && parser->get().result_int() / 100 == 1) restart();
    }
    if (parser->is_done()) break;
  }
  keep_alive = parser->keep_alive() && buffer.empty();
  return ToResponse(*parser);
}

Result<Response> Client::Impl::Exchange(std::string_view head, std::string_view body,
                                        bool no_body) {
  lost_unanswered = false;
  if (fd < 0) ADTALLY_TRY(Connect());
  bool all_sent = false;
  bool keep_alive = false;
  ADTALLY_TRY(SendAll(head, body, all_sent));
  ADTALLY_ASSIGN(Response response, ReadAnswer(no_body, keep_alive));
  if (!keep_alive || !all_sent) Disconnect();
  return response;
}

std::string Client::Impl::Head(std::string_view method, std::string_view target,
                               const std::vector<std::pair<std::string, std::string>>& headers,
                               size_t body_bytes) const {
  std::string head(method);
  head.append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
  for (const auto& [name, value] : headers) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
  const bool usually_has_body = method == "POST" || method == "PUT" || method == "PATCH";
  if (body_bytes > 0 || usually_has_body) {
    head.append("Content-Length: ").append(std::to_string(body_bytes)).append("\r\n");
  }
  return head.append("\r\n");
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::Create(std::string_view origin, int timeout_ms) {
  constexpr std::string_view kScheme = "http://";
  std::string_view host = origin;
  if (host.ends_with('/')) host.remove_suffix(1);
  if (!StartsWithIgnoreCase(host, kScheme) || host.find('/', kScheme.size()) != host.npos ||
      host.size() == kScheme.size() || !FitsLine(host)) {
    return Error{ErrorCode::kInvalidArgument,
                 "\"" + std::string(origin) + "\" is not an origin: expected http://HOST:PORT"};
  }
  host.remove_prefix(kScheme.size());
  auto impl = std::make_unique<Impl>();
  impl->origin = origin;
  impl->host = host;
  const bool has_port = host.rfind(':') != host.npos && !host.ends_with(']');
  if (!has_port) impl->host += ":80";
  impl->timeout_ms = timeout_ms;
  return std::unique_ptr<Client>(new Client(std::move(impl)));
}

Result<Response> Client::Send(std::string_view method, std::string_view target,
                              const std::vector<std::pair<std::string, std::string>>& headers,
                              std::string_view body) {
  bool fits = FitsLine(method) && FitsLine(target) && target.starts_with('/');
  for (const auto& [name, value] : headers) fits = fits && FitsLine(name) && FitsLine(value);
  if (!fits) {
    return Error{ErrorCode::kInvalidArgument,
                 "a request's target must start with / and no part of its head may break a line"};
  }
  const std::string head = impl_->Head(method, target, headers, body.size());
  impl_->deadline_us = SystemClock().MonotonicMicros() + int64_t{impl_->timeout_ms} * 1000;
  const bool reused = impl_->fd >= 0;
  auto response = impl_->Exchange(head, body, method == "HEAD");
  if (!response.ok()) impl_->Disconnect();
  if (!response.ok() && reused && impl_->lost_unanswered) {
    response = impl_->Exchange(head, body, method == "HEAD");
    if (!response.ok()) impl_->Disconnect();
  }
  return response;
}

}  // namespace adtally::http
