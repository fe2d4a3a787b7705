#pragma once

#include <string>

#include "http/message.h"

namespace adtally::http {

enum class ConnectionHeader { kNone, kClose, kKeepAlive };

// Appends the status line and the headers of `response`, with Content-Length (of its body, even
// where that is left out, as for HEAD) and `connection`. CR, LF and NUL in a header become spaces,
// so that no value can end its line.
void AppendResponseHead(const Response& response, ConnectionHeader connection, std::string& out);

// 1xx, 204 and 304 have no body.
bool StatusHasBody(int status);

}  // namespace adtally::http
