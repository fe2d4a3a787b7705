#include "store/clickhouse_transfer.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"

namespace adtally {
namespace {

constexpr std::string_view kExceptionCode = "x-clickhouse-exception-code:";
constexpr std::string_view kExceptionTag = "x-clickhouse-exception-tag:";

}  // namespace

size_t ClickHouseAnswer::OnBody(char* data, size_t, size_t size, void* to) {
  auto& answer = *static_cast<ClickHouseAnswer*>(to);
  if (answer.body.size() + size > kMaxBytes) {
    answer.too_large = true;
    return 0;  // stops the transfer
  }
  answer.body.append(data, size);
  return size;
}

size_t ClickHouseAnswer::OnHeader(char* data, size_t, size_t size, void* to) {
  auto& answer = *static_cast<ClickHouseAnswer*>(to);
  const std::string_view line(data, size);
  if (StartsWithIgnoreCase(line, "HTTP/")) answer = ClickHouseAnswer{};  // also after 100 Continue
  if (StartsWithIgnoreCase(line, kExceptionCode)) answer.has_exception = true;
  if (StartsWithIgnoreCase(line, kExceptionTag)) {
    answer.exception_tag = TrimSpace(line.substr(kExceptionTag.size()));
  }
  return size;
}

size_t ClickHouseUpload::OnRead(char* to, size_t, size_t room, void* from) {
  auto& upload = *static_cast<ClickHouseUpload*>(from);
  const size_t bytes = std::min(room, upload.left.size());
  std::memcpy(to, upload.left.data(), bytes);
  upload.left.remove_prefix(bytes);
  return bytes;
}

size_t StreamedAnswer::OnHeader(char* data, size_t unit, size_t size, void* to) {
  return ClickHouseAnswer::OnHeader(data, unit, size, &static_cast<StreamedAnswer*>(to)->answer);
}

size_t StreamedAnswer::OnBody(char* data, size_t unit, size_t size, void* to) {
  auto& streamed = *static_cast<StreamedAnswer*>(to);
  if (!streamed.begun) {
    long status = 0;
    curl_easy_getinfo(streamed.handle, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 || streamed.answer.has_exception) {
      return ClickHouseAnswer::OnBody(data, unit, size, &streamed.answer);
    }
    streamed.begun = true;
    streamed.late.SetTag(streamed.answer.exception_tag);
  }
  const std::string_view sure = streamed.late.Pass({data, size});
  if (!sure.empty() && !streamed.sink.Write(sure)) {
    streamed.left = true;
    return 0;  // stops the transfer
  }
  streamed.last_us = SystemClock().MonotonicMicros();
  return size;
}

int StreamedAnswer::OnProgress(void* to, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& streamed = *static_cast<StreamedAnswer*>(to);
  streamed.left = streamed.left || !streamed.sink.Wanted();
  streamed.stalled = SystemClock().MonotonicMicros() - streamed.last_us > streamed.stall_us;
  return streamed.left || streamed.stalled ? 1 : 0;  // 1 stops the transfer
}

}  // namespace adtally
