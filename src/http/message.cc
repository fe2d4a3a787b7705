#include "http/message.h"

#include "base/ascii.h"
#include "base/json_writer.h"
#include "http/status.h"

namespace adtally::http {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = AsciiLower(c);
  if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
  return -1;
}

bool IsUnreserved(char c) {
  return (c >= '0' && c <= '9') || (AsciiLower(c) >= 'a' && AsciiLower(c) <= 'z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

template <class Headers>
std::string_view FirstHeader(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return {};
}

}  // namespace

std::string_view Request::Header(std::string_view name) const {
  return FirstHeader(headers, name);
}

std::string_view Response::Header(std::string_view name) const {
  return FirstHeader(headers, name);
}

std::string_view Request::BearerKey() const {
  const std::string_view value = Header("Authorization");
  constexpr std::string_view kScheme = "Bearer ";
  if (!StartsWithIgnoreCase(value, kScheme)) return {};
  return TrimSpace(value.substr(kScheme.size()));
}

std::string UrlDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
               HexValue(text[i + 2]) >= 0) {
      out += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string UrlEncode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[c & 0x0f];
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    std::string_view value = TakeUntil(query, '&');
    if (value.empty()) continue;
    const std::string_view key = TakeUntil(value, '=');
    pairs.emplace_back(UrlDecode(key), UrlDecode(value));
  }
  return pairs;
}

int StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kUnauthenticated:
      return 401;
    case ErrorCode::kForbidden:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kResourceExhausted:
      return 429;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

Response Problem(int status, std::string_view detail) {
  Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/problem+json");
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "1");
  JsonWriter json;
  json.BeginObject();
  json.Key("type");
  json.String("about:blank");
  json.Key("title");
  json.String(ReasonPhrase(status));
  json.Key("status");
  json.Int(status);
  json.Key("detail");
  json.String(detail);
  json.EndObject();
  response.body = json.Take();
  return response;
}

Response Problem(const Error& error) {
  return Problem(StatusOf(error.code), error.message);
}

Response MethodNotAllowed(std::string_view allowed) {
  Response response = Problem(405, "this resource takes " + std::string(allowed));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

Response Json(std::string body, int status) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers.emplace_back("Content-Type", "application/json");
  return response;
}

}  // namespace adtally::http
