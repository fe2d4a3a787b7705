#pragma once

// For the tests of src/http: a raw connection that sends exactly the bytes it is told to.

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "http/socket_address.h"

namespace adtally::http {

struct RawResponse {
  int status = 0;  // 0: the connection was closed or silent
  std::string head;
  std::string body;

  std::string Header(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
      std::string_view line = TakeUntil(rest, '\n');
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (EqualsIgnoreCase(TakeUntil(line, ':'), name)) return std::string(TrimSpace(line));
    }
    return {};
  }
};

class TestConnection {
 public:
  explicit TestConnection(const std::string& address) {
    SocketAddress peer = ResolveSocketAddress(address).value();
    fd_ = ::socket(peer.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    connected_ = ::connect(fd_, peer.get(), peer.size) == 0;
  }
  ~TestConnection() { ::close(fd_); }
  TestConnection(const TestConnection&) = delete;
  TestConnection& operator=(const TestConnection&) = delete;

  bool connected() const { return connected_; }
  int fd() const { return fd_; }

  // False when the peer has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // The next response; its body by Content-Length unless it answers a HEAD.
  RawResponse Read(bool to_head = false, int timeout_ms = 10'000) {
    RawResponse response;
    size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!Fill(timeout_ms)) return response;
    }
    response.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    response.status = std::atoi(response.head.c_str() + 9);
    const std::string length = response.Header("Content-Length");
    const size_t wanted =
        to_head || length.empty() ? 0 : std::strtoull(length.c_str(), nullptr, 10);
    while (buffer_.size() < wanted) {
      if (!Fill(timeout_ms)) break;
    }
    response.body = buffer_.substr(0, wanted);
    buffer_.erase(0, std::min(wanted, buffer_.size()));
    return response;
  }

  RawResponse Exchange(std::string_view request) {
    Send(request);
    return Read();
  }

  // Whether the peer closes, without sending anything more, in that time.
  bool IsClosed(int timeout_ms = 5'000) { return !Fill(timeout_ms) && ended_ && buffer_.empty(); }

 private:
  bool Fill(int timeout_ms) {
    pollfd poll{fd_, POLLIN, 0};
    if (::poll(&poll, 1, timeout_ms) <= 0) return false;
    char bytes[16384];
    const ssize_t got = ::recv(fd_, bytes, sizeof(bytes), 0);
    ended_ = got <= 0;
    if (got > 0) buffer_.append(bytes, static_cast<size_t>(got));
    return got > 0;
  }

  int fd_ = -1;
  bool connected_ = false;
  bool ended_ = false;
  std::string buffer_;
};

}  // namespace adtally::http
