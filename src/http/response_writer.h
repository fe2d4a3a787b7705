#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace adtally::http {

enum class ConnectionHeader { kNone, kClose, kKeepAlive };
enum class Framing { kLength, kChunks, kUntilClose };

// Appends the status line and the headers of `response`, with what `framing` needs (the length is
// that of its body, even where that is left out, as for HEAD) and `connection`. CR, LF and NUL in a
// header become spaces, so that no value can end its line.
void AppendResponseHead(const Response& response, ConnectionHeader connection, Framing framing,
                        std::string& out);

// Appends a chunk's size; the chunk ends with kChunkEnd.
void AppendChunkSize(size_t bytes, std::string& out);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// 1xx, 204 and 304 have no body.
bool StatusHasBody(int status);

}  // namespace adtally::http
