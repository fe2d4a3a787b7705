#include "store/clickhouse_http.h"

#include <curl/curl.h>
#include <zstd.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>

#include "base/ascii.h"
#include "base/check.h"
#include "store/clickhouse_error.h"
#include "store/clickhouse_transfer.h"

namespace adtally {
namespace {

// Compressing less than this does not save a packet worth its while.
constexpr size_t kMinCompressedBytes = 4 << 10;
constexpr int kZstdLevel = 1;

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

void Append(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  ADTALLY_CHECK(longer != nullptr, "out of memory");
  static_cast<void>(list.release());  // now a part of `longer`
  list.reset(longer);
}

void AppendEncoded(std::string_view text, std::string& out) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

// Within one machine compressing only costs.
bool IsLocal(std::string_view url) {
  const size_t host = url.find("//") + 2;
  const std::string_view rest = url.substr(host);
  return rest.starts_with("127.") || rest.starts_with("localhost") || rest.starts_with("[::1]");
}

// The text of an exception that came after the body had begun: see LateException.
std::string_view TaggedException(const ClickHouseAnswer& answer) {
  if (answer.exception_tag.empty()) return {};
  const std::string mark = "__exception__\r\n" + answer.exception_tag;
  const size_t at = answer.body.rfind(mark);
  if (at == std::string::npos) return {};
  return std::string_view(answer.body).substr(at + mark.size());
}

}  // namespace

struct ClickHouseHttp::Impl {
  ClickHouseHttpOptions options;
  std::string name;
  bool compress = false;
  std::mutex mutex;
  std::condition_variable returned;
  std::vector<Handle> free;  // the last used is used next
  int open = 0;

  Handle Take();
  void GiveBack(Handle handle);
  std::string Target(const Request& request, bool whole) const;
  HeaderList Headers(bool compressed) const;
  Error Unreachable(CURLcode code, const char* detail) const;
  Result<std::string> Judge(CURL* handle, ClickHouseAnswer answer) const;
  void SetUp(CURL* handle, const std::string& target, curl_slist* headers, char* detail) const;
  Result<std::string> Perform(CURL* handle, const Request& request, std::string_view body,
                              bool compressed) const;
  Result<void> Stream(CURL* handle, const Request& request, StreamedAnswer& streamed) const;
};

Handle ClickHouseHttp::Impl::Take() {
  std::unique_lock lock(mutex);
  returned.wait(lock, [&] { return !free.empty() || open < options.connections; });
  if (free.empty()) {
    ++open;
    Handle handle(curl_easy_init());
    ADTALLY_CHECK(handle != nullptr, "out of memory");
    return handle;
  }
  Handle handle = std::move(free.back());
  free.pop_back();
  return handle;
}

void ClickHouseHttp::Impl::GiveBack(Handle handle) {
  curl_easy_reset(handle.get());  // keeps the connection
  std::lock_guard lock(mutex);
  free.push_back(std::move(handle));
  returned.notify_one();
}

std::string ClickHouseHttp::Impl::Target(const Request& request, bool whole) const {
  std::string target = options.url + "/?";
  for (const auto& [key, value] : request.parameters) {
    if (target.back() != '?') target += '&';
    AppendEncoded(key, target);
    target += '=';
    AppendEncoded(value, target);
  }
  // ClickHouse holds a whole answer back until it knows that there is no exception; in one that is
  // streamed it must not write it as a row of the output format.
  target += whole ? "&wait_end_of_query=1" : "&http_write_exception_in_output_format=0";
  if (compress) target += "&enable_http_compression=1";
  return target;
}

HeaderList ClickHouseHttp::Impl::Headers(bool compressed) const {
  HeaderList headers;
  Append(headers, "X-ClickHouse-User: " + options.user);
  if (!options.password.empty()) Append(headers, "X-ClickHouse-Key: " + options.password);
  Append(headers, "Content-Type: application/octet-stream");
  Append(headers, "Expect:");  // no round trip before the body
  if (compressed) Append(headers, "Content-Encoding: zstd");
  return headers;
}

Error ClickHouseHttp::Impl::Unreachable(CURLcode code, const char* detail) const {
  const std::string why = *detail != '\0' ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorCode::kUnavailable, name + " did not answer in time (store.timeout_ms): " + why};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return {ErrorCode::kUnavailable,
              name +
                  " has a certificate that cannot be verified; name its authority in "
                  "store.ca_file: " +
                  why};
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return {ErrorCode::kUnavailable, name + " cannot be reached: " + why};
    default:
      return {ErrorCode::kUnavailable, name + " broke off: " + why};
  }
}

Result<std::string> ClickHouseHttp::Impl::Judge(CURL* handle, ClickHouseAnswer answer) const {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (status == 200 && !answer.has_exception) {
    const std::string_view late = TaggedException(answer);
    if (late.empty()) return std::move(answer.body);
    return ClickHouseError(late).WithContext(name);
  }
  if (status == 401 || status == 403) {
    Error error = ClickHouseError(answer.body);
    error.code = ErrorCode::kForbidden;
    return std::move(error).WithContext(name + " refuses user \"" + options.user +
                                        "\" (store.user, store.password)");
  }
  if (answer.has_exception || answer.body.starts_with("Code: ")) {
    return ClickHouseError(answer.body).WithContext(name);
  }
  if (status == 429 || status >= 500) {
    return Error{ErrorCode::kUnavailable,
                 name + " answered with status " + std::to_string(status) + "; try again"};
  }
  return Error{ErrorCode::kInvalidArgument, name + " answered with status " +
                                                std::to_string(status) +
                                                " and no exception of ClickHouse: check store.url"};
}

// What is the same for all requests. The pointers must outlive the transfer.
void ClickHouseHttp::Impl::SetUp(CURL* handle, const std::string& target, curl_slist* headers,
                                 char* detail) const {
  curl_easy_setopt(handle, CURLOPT_URL, target.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // never through a proxy of the environment
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, long{options.connect_timeout_ms});
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail);
  if (!options.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, options.ca_file.c_str());
  }
  if (compress) curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "zstd, gzip");
  curl_easy_setopt(handle, CURLOPT_POST, 1L);
}

Result<std::string> ClickHouseHttp::Impl::Perform(CURL* handle, const Request& request,
                                                  std::string_view body, bool compressed) const {
  const std::string target = Target(request, true);
  const HeaderList headers = Headers(compressed);
  char detail[CURL_ERROR_SIZE] = {};
  ClickHouseAnswer answer;
  ClickHouseUpload upload{body};
  SetUp(handle, target, headers.get(), detail);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, long{options.timeout_ms});
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  if (request.repeatable || body.empty()) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
  } else {
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, &ClickHouseUpload::OnRead);
    curl_easy_setopt(handle, CURLOPT_READDATA, &upload);
  }
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &ClickHouseAnswer::OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &ClickHouseAnswer::OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &answer);
  const CURLcode code = curl_easy_perform(handle);
  if (answer.too_large) {
    return Error{ErrorCode::kTooLarge, name + " sent an answer of more than " +
                                           std::to_string(ClickHouseAnswer::kMaxBytes >> 20) +
                                           " MiB"};
  }
  if (code != CURLE_OK) return Unreachable(code, detail);
  return Judge(handle, std::move(answer));
}

Result<void> ClickHouseHttp::Impl::Stream(CURL* handle, const Request& request,
                                          StreamedAnswer& streamed) const {
  const std::string target = Target(request, false);
  const HeaderList headers = Headers(false);
  char detail[CURL_ERROR_SIZE] = {};
  streamed.handle = handle;
  SetUp(handle, target, headers.get(), detail);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &StreamedAnswer::OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &streamed);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &StreamedAnswer::OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &streamed);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &StreamedAnswer::OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &streamed);
  const CURLcode code = curl_easy_perform(handle);
  if (streamed.left) return ReaderLeft();
  if (streamed.stalled) return Unreachable(CURLE_OPERATION_TIMEDOUT, "nothing came any more");
  if (code != CURLE_OK) return Unreachable(code, detail);
  if (!streamed.begun) {
    // An answer without a body, or none that is whole.
    ADTALLY_TRY(Judge(handle, std::move(streamed.answer)));
    return {};
  }
  if (const std::string_view text = streamed.late.Text(); !text.empty()) {
    return ClickHouseError(text).WithContext(name);
  }
  if (!streamed.late.Rest().empty() && !streamed.sink.Write(streamed.late.Rest())) {
    return ReaderLeft();
  }
  return {};
}

ClickHouseHttp::ClickHouseHttp(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ClickHouseHttp::~ClickHouseHttp() = default;

const std::string& ClickHouseHttp::name() const {
  return impl_->name;
}

Result<std::unique_ptr<ClickHouseHttp>> ClickHouseHttp::Create(ClickHouseHttpOptions options) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) return Error{ErrorCode::kInternal, "libcurl cannot be initialised"};
  while (options.url.ends_with('/')) options.url.pop_back();
  const bool has_scheme = options.url.starts_with("http://") || options.url.starts_with("https://");
  const size_t host = options.url.find("//") + 2;
  if (!has_scheme || options.url.size() == host ||
      options.url.find_first_of("/?#@ ", host) != std::string::npos) {
    return Error{ErrorCode::kInvalidArgument,
                 "store.url: expected http://HOST:PORT or https://HOST:PORT, got \"" +
                     (options.url.find('@') == std::string::npos ? options.url : "a user in it") +
                     "\""};
  }
  for (const std::string* text : {&options.user, &options.password}) {
    if (text->find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return Error{ErrorCode::kInvalidArgument,
                   "store.user and store.password must not hold line ends"};
    }
  }
  auto impl = std::make_unique<Impl>();
  impl->name = "ClickHouse at " + options.url;
  impl->compress = !IsLocal(options.url);
  impl->options = std::move(options);
  return std::unique_ptr<ClickHouseHttp>(new ClickHouseHttp(std::move(impl)));
}

Result<std::string> ClickHouseHttp::Post(const Request& request) {
  std::string_view body = request.body;
  std::string packed;
  bool compressed = false;
  if (impl_->compress && body.size() >= kMinCompressedBytes) {
    packed.resize(ZSTD_compressBound(body.size()));
    const size_t bytes =
        ZSTD_compress(packed.data(), packed.size(), body.data(), body.size(), kZstdLevel);
    compressed = !ZSTD_isError(bytes);
    if (compressed) body = std::string_view(packed).substr(0, bytes);
  }
  Handle handle = impl_->Take();
  auto answer = impl_->Perform(handle.get(), request, body, compressed);
  impl_->GiveBack(std::move(handle));
  return answer;
}

Result<void> ClickHouseHttp::PostStream(const Request& request, OutputSink& sink) {
  const Handle handle(curl_easy_init());
  ADTALLY_CHECK(handle != nullptr, "out of memory");
  StreamedAnswer streamed(sink, impl_->options.timeout_ms);
  return impl_->Stream(handle.get(), request, streamed);
}

}  // namespace adtally
