#pragma once

#include <optional>
#include <vector>

#include "base/ip_network.h"
#include "http/message.h"

namespace adtally::http {

// What proxies in front of a listener say of a request. Only a peer among `trusted` is believed:
// anybody else can write these headers too.

// The client's address: the last one in X-Forwarded-For that is not a trusted proxy's own, when the
// peer is a trusted proxy; else the peer's. Anything further left was written by the client and
// proves nothing. nullopt when the header cannot be read.
std::optional<IpAddress> ClientAddress(const Request& request,
                                       const std::vector<IpNetwork>& trusted);

// Whether a trusted proxy says, by X-Forwarded-Proto, that the client came over TLS.
bool CameOverTls(const Request& request, const std::vector<IpNetwork>& trusted);

}  // namespace adtally::http
