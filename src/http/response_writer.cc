#include "http/response_writer.h"

#include <charconv>

#include "http/status.h"

namespace adtally::http {
namespace {

void AppendNumber(std::string& out, size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  out.append(digits, end);
}

void AppendLineText(std::string& out, std::string_view text) {
  const size_t start = out.size();
  out += text;
  for (size_t i = start; i < out.size(); ++i) {
    if (out[i] == '\r' || out[i] == '\n' || out[i] == '\0') out[i] = ' ';
  }
}

}  // namespace

bool StatusHasBody(int status) {
  return status >= 200 && status != 204 && status != 304;
}

void AppendResponseHead(const Response& response, ConnectionHeader connection, Framing framing,
                        std::string& out) {
  out += "HTTP/1.1 ";
  AppendNumber(out, static_cast<size_t>(response.status));
  out += ' ';
  out += ReasonPhrase(response.status);
  out += "\r\n";
  for (const auto& [name, value] : response.headers) {
    AppendLineText(out, name);
    out += ": ";
    AppendLineText(out, value);
    out += "\r\n";
  }
  if (framing == Framing::kChunks) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (framing == Framing::kLength && StatusHasBody(response.status)) {
    out += "Content-Length: ";
    AppendNumber(out, response.body.size());
    out += "\r\n";
  }
  if (connection == ConnectionHeader::kClose) out += "Connection: close\r\n";
  if (connection == ConnectionHeader::kKeepAlive) out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

void AppendChunkSize(size_t bytes, std::string& out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof(digits), bytes, 16).ptr;
  out.append(digits, end);
  out += "\r\n";
}

}  // namespace adtally::http
