#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace adtally::http {

// An IPv4 or IPv6 address with its port, as the kernel takes it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  uint16_t port() const;
  void set_port(uint16_t port);
  // "127.0.0.1" or "::1"; an IPv4 address mapped into IPv6 as IPv4.
  std::string Host() const;
  // "127.0.0.1:8080" or "[::1]:8080".
  std::string ToString() const;
};

// Resolves "HOST:PORT" or "[IPV6]:PORT". A name is looked up (this blocks); an empty host means all
// IPv4 addresses.
Result<SocketAddress> ResolveSocketAddress(std::string_view host_and_port);

}  // namespace adtally::http
