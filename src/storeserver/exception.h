#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace adtally {

// The numbers are ClickHouse's (src/Common/ErrorCodes.cpp) and never change meaning.
namespace exception_code {
inline constexpr int kNotImplemented = 48;
inline constexpr int kReadonly = 164;
inline constexpr int kRequiredPassword = 194;
inline constexpr int kTooManyQueries = 202;
inline constexpr int kConstraintViolation = 452;
inline constexpr int kAccessDenied = 497;
inline constexpr int kAuthenticationFailed = 516;
inline constexpr int kUnknownSetting = 115;
inline constexpr int kUnknownException = 1002;
}  // namespace exception_code

// The status that ClickHouse gives an exception (src/Server/HTTP/exceptionCodeToHTTPStatus.cpp).
int StatusOfException(int code);

// The answer for an exception: its status, its code as a header, "Code: 62. DB::Exception: …
// (version …)" as the body. `message` is the sentence alone.
http::Response ExceptionResponse(int code, std::string_view message, std::string_view version);

// The sentence of what the engine says: one line, without the code and version around it.
std::string ExceptionSentence(std::string_view engine_text);

}  // namespace adtally
