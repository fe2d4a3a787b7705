#include "http/socket_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>
#include <utility>

namespace adtally::http {
namespace {

Error BadAddress(std::string_view text) {
  std::string message = "\"";
  message.append(text);
  message += "\" is not an address: expected HOST:PORT, as in 127.0.0.1:8080 or [::1]:8080";
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

}  // namespace

uint16_t SocketAddress::port() const {
  if (family() == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

void SocketAddress::set_port(uint16_t port) {
  if (family() == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(&storage)->sin_port = htons(port);
  }
}

std::string SocketAddress::Host() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (family() == AF_INET6) {
    const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
      inet_ntop(AF_INET, address.s6_addr + 12, text, sizeof(text));
    } else {
      inet_ntop(AF_INET6, &address, text, sizeof(text));
    }
  } else {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr, text,
              sizeof(text));
  }
  return text;
}

std::string SocketAddress::ToString() const {
  const std::string host = Host();
  std::string text =
      host.find(':') == std::string::npos ? host : std::string("[").append(host) + "]";
  return text.append(":").append(std::to_string(port()));
}

Result<SocketAddress> ResolveSocketAddress(std::string_view host_and_port) {
  const size_t colon = host_and_port.rfind(':');
  if (colon == std::string_view::npos) return BadAddress(host_and_port);
  std::string_view host = host_and_port.substr(0, colon);
  const std::string_view port = host_and_port.substr(colon + 1);
  uint16_t number = 0;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || parsed.ec != std::errc() || parsed.ptr != port.data() + port.size()) {
    return BadAddress(host_and_port);
  }
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return BadAddress(host_and_port);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_family = host.empty() ? AF_INET : AF_UNSPEC;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const std::string name(host);
  const int status = getaddrinfo(host.empty() ? nullptr : name.c_str(),
                                 std::to_string(number).c_str(), &hints, &found);
  if (status != 0) {
    return Error{status == EAI_AGAIN ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument,
                 "the host of \"" + std::string(host_and_port) +
                     "\" cannot be resolved: " + gai_strerror(status)};
  }
  // Where a name has both, IPv4: that is what "localhost" means to most tools.
  const addrinfo* chosen = found;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family == AF_INET) {
      chosen = each;
      break;
    }
  }
  SocketAddress address;
  std::memcpy(&address.storage, chosen->ai_addr, chosen->ai_addrlen);
  address.size = chosen->ai_addrlen;
  freeaddrinfo(found);
  return address;
}

}  // namespace adtally::http
