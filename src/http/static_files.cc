#include "http/static_files.h"

#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <system_error>

#include "base/ascii.h"
#include "http/content_encoder.h"
#include "http/etag.h"
#include "http/security_headers.h"

namespace adtally::http {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxTotalBytes = 64 << 20;
constexpr std::string_view kIndex = "/index.html";

struct ContentType {
  std::string_view extension;
  std::string_view type;
  bool compressible;
};

constexpr ContentType kContentTypes[] = {
    {".html", "text/html; charset=utf-8", true},
    {".js", "text/javascript; charset=utf-8", true},
    {".mjs", "text/javascript; charset=utf-8", true},
    {".css", "text/css; charset=utf-8", true},
    {".json", "application/json", true},
    {".map", "application/json", true},
    {".webmanifest", "application/manifest+json", true},
    {".svg", "image/svg+xml", true},
    {".txt", "text/plain; charset=utf-8", true},
    {".xml", "application/xml", true},
    {".wasm", "application/wasm", true},
    {".ico", "image/x-icon", true},
    {".png", "image/png", false},
    {".jpg", "image/jpeg", false},
    {".jpeg", "image/jpeg", false},
    {".gif", "image/gif", false},
    {".webp", "image/webp", false},
    {".avif", "image/avif", false},
    {".woff", "font/woff", false},
    {".woff2", "font/woff2", false},
};

const ContentType& TypeOf(std::string_view name) {
  static constexpr ContentType kUnknown{"", "application/octet-stream", false};
  for (const ContentType& each : kContentTypes) {
    if (name.ends_with(each.extension)) return each;
  }
  return kUnknown;
}

// Empty when the data does not get clearly smaller.
Result<std::string> GzipIfSmaller(const std::string& data) {
  ADTALLY_ASSIGN(std::string out, Gzip(data, Z_BEST_COMPRESSION));
  if (out.size() + out.size() / 10 >= data.size()) out.clear();
  return out;
}

Result<std::string> ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string data((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) {
    return Error{ErrorCode::kUnavailable,
                 path.string() + " cannot be read: " + std::strerror(errno)};
  }
  return data;
}

// Whether an Accept-Encoding value allows gzip.
bool AcceptsGzip(std::string_view value) {
  while (!value.empty()) {
    std::string_view item = TakeUntil(value, ',');
    const std::string_view coding = TrimSpace(TakeUntil(item, ';'));
    if (!EqualsIgnoreCase(coding, "gzip") && coding != "*") continue;
    const std::string_view weight = TrimSpace(item);
    return weight.find_first_of("123456789") != std::string_view::npos || weight.empty();
  }
  return false;
}

bool HasExtension(std::string_view path) {
  return path.find('.', path.rfind('/') + 1) != std::string_view::npos;
}

}  // namespace

struct StaticFiles::Table {
  struct File {
    std::string_view type;
    std::string cache_control;
    std::string etag;
    std::string data;
    std::string gzip;  // empty: served as it is
  };
  std::map<std::string, File, std::less<>> files;  // by path, "/index.html"

  Result<void> Add(const fs::path& folder, const fs::path& path);
};

Result<void> StaticFiles::Table::Add(const fs::path& folder, const fs::path& path) {
  const std::string name = "/" + path.lexically_relative(folder).generic_string();
  File file;
  ADTALLY_ASSIGN(file.data, ReadFile(path));
  const ContentType& type = TypeOf(name);
  file.type = type.type;
  file.etag = ETagOf(file.data);
  file.cache_control =
      name.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
  if (type.compressible) {
    ADTALLY_ASSIGN(file.gzip, GzipIfSmaller(file.data));
  }
  files.emplace(name, std::move(file));
  return {};
}

Result<StaticFiles> StaticFiles::Load(const fs::path& folder) {
  auto table = std::make_shared<Table>();
  size_t total = 0;
  std::error_code ec;
  fs::recursive_directory_iterator entry(folder, ec);
  for (; !ec && entry != fs::recursive_directory_iterator(); entry.increment(ec)) {
    std::error_code file_error;
    if (!entry->is_regular_file(file_error)) continue;
    total += entry->file_size(file_error);
    if (file_error || total > kMaxTotalBytes) {
      return Error{ErrorCode::kTooLarge, "the web files in " + folder.string() +
                                             " are over 64 MiB: is this the built folder?"};
    }
    ADTALLY_TRY(table->Add(folder, entry->path()));
  }
  if (ec || !table->files.contains(kIndex)) {
    return Error{ErrorCode::kNotFound, "there is no web application in " + folder.string() +
                                           " (index.html)" +
                                           (ec ? ": " + ec.message() : "; build it first")};
  }
  return StaticFiles(std::move(table));
}

Response StaticFiles::Get(const Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") return MethodNotAllowed("GET, HEAD");
  const std::string path = UrlDecode(request.path);
  auto found = table_->files.find(path);
  if (found == table_->files.end()) {
    if (HasExtension(path)) return Problem(404, "there is no such file");
    found = table_->files.find(kIndex);
  }
  const Table::File& file = found->second;
  Response response;
  response.headers = {{"Content-Type", std::string(file.type)},
                      {"Cache-Control", file.cache_control},
                      {"ETag", file.etag},
                      {"Content-Security-Policy", std::string(kPagePolicy)},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"}};
  if (!file.gzip.empty()) response.headers.emplace_back("Vary", "Accept-Encoding");
  if (HasNewest(request, file.etag)) {
    response.status = 304;
    return response;
  }
  const bool gzip = !file.gzip.empty() && AcceptsGzip(request.Header("Accept-Encoding"));
  if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = gzip ? file.gzip : file.data;
  return response;
}

}  // namespace adtally::http
