#pragma once

#include "edge/edge_context.h"
#include "http/message.h"

namespace adtally {

// POST /v1/links. Thread-safe.
http::Response HandleLinks(const http::Request& request, EdgeContext& edge);

}  // namespace adtally
