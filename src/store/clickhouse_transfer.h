#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/late_exception.h"
#include "store/store.h"

namespace adtally {

// What libcurl reads and writes while a request to ClickHouse runs: its callbacks, and what they
// work on, which must outlive the transfer. A callback that takes less than it was given stops it.

// An answer that is kept as a whole.
struct ClickHouseAnswer {
  static constexpr size_t kMaxBytes = size_t{1} << 30;

  std::string body;
  bool too_large = false;
  bool has_exception = false;
  std::string exception_tag;

  static size_t OnHeader(char* data, size_t unit, size_t size, void* answer);
  static size_t OnBody(char* data, size_t unit, size_t size, void* answer);
};

// A body that is read once: without a way to rewind it, libcurl never sends it a second time.
struct ClickHouseUpload {
  std::string_view left;

  static size_t OnRead(char* to, size_t unit, size_t room, void* upload);
};

// An answer that is handed on while it comes. Until its head is known to be that of a whole answer
// it is gathered, to be judged.
struct StreamedAnswer {
  StreamedAnswer(OutputSink& to, int stall_ms) : sink(to), stall_us(int64_t{stall_ms} * 1000) {}

  OutputSink& sink;
  const int64_t stall_us;
  CURL* handle = nullptr;
  ClickHouseAnswer answer;
  LateException late;
  int64_t last_us = SystemClock().MonotonicMicros();  // when the server last sent something
  bool begun = false;
  bool left = false;     // nobody takes any more
  bool stalled = false;  // nothing came for stall_us

  static size_t OnHeader(char* data, size_t unit, size_t size, void* streamed);
  static size_t OnBody(char* data, size_t unit, size_t size, void* streamed);
  // Called about once a second, also while nothing comes.
  static int OnProgress(void* streamed, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
};

}  // namespace adtally
