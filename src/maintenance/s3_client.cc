#include "maintenance/s3_client.h"

#include <curl/curl.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/hex.h"

namespace adtally {
namespace {

constexpr size_t kMaxErrorBytes = 4096;
constexpr long kConnectTimeoutMs = 3000;
// A transfer that is slower than a kilobyte a second for this long is given up.
constexpr long kStallTimeoutS = 20;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::string Sha256(std::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  std::string hex;
  AppendHex({reinterpret_cast<const char*>(digest), sizeof(digest)}, hex);
  return hex;
}

// What is sent and where the answer goes.
struct Transfer {
  CURL* handle = nullptr;
  std::string_view upload;
  const std::function<void(std::string_view)>* take = nullptr;
  std::string other;  // the beginning of an answer that is not the object
};

size_t OnBody(char* data, size_t, size_t size, void* to) {
  auto& transfer = *static_cast<Transfer*>(to);
  long status = 0;
  curl_easy_getinfo(transfer.handle, CURLINFO_RESPONSE_CODE, &status);
  const std::string_view bytes(data, size);
  if (status == 200 && transfer.take != nullptr) {
    (*transfer.take)(bytes);
  } else {
    transfer.other +=
        bytes.substr(0, kMaxErrorBytes - std::min(kMaxErrorBytes, transfer.other.size()));
  }
  return size;
}

size_t OnUpload(char* to, size_t size, size_t count, void* from) {
  auto& transfer = *static_cast<Transfer*>(from);
  const size_t bytes = std::min(size * count, transfer.upload.size());
  std::memcpy(to, transfer.upload.data(), bytes);
  transfer.upload.remove_prefix(bytes);
  return bytes;
}

// What stands between <tag> and </tag>.
std::string_view Element(std::string_view xml, std::string_view tag) {
  const std::string open = '<' + std::string(tag) + '>';
  const size_t begin = xml.find(open);
  if (begin == std::string_view::npos) return "";
  xml.remove_prefix(begin + open.size());
  return xml.substr(0, xml.find('<'));
}

}  // namespace

std::string RegionOfS3Url(std::string_view url) {
  constexpr std::string_view kHost = ".amazonaws.com";
  const size_t end = url.find(kHost);
  if (end == std::string_view::npos) return "us-east-1";
  const size_t begin = url.find_last_of("./", end - 1) + 1;
  std::string_view region = url.substr(begin, end - begin);
  if (region.starts_with("s3-")) region.remove_prefix(3);
  return region == "s3" ? "us-east-1" : std::string(region);
}

struct S3Client::Impl {
  explicit Impl(const ArchivePlace& of) : place(of), curl(curl_easy_init()) {
    ADTALLY_CHECK(curl != nullptr, "out of memory");
  }
  ~Impl() { curl_easy_cleanup(curl); }

  void Prepare(const std::string& url, Transfer& transfer);
  Result<void> Run(const char* method, const std::string& name, Transfer& transfer);

  const ArchivePlace place;
  CURL* const curl;  // keeps the connection open
};

void S3Client::Impl::Prepare(const std::string& url, Transfer& transfer) {
  curl_easy_reset(curl);
  transfer.handle = curl;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStallTimeoutS);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  if (place.s3_key.empty()) return;
  const std::string signature = "aws:amz:" + RegionOfS3Url(place.s3_url) + ":s3";
  curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, signature.c_str());
  curl_easy_setopt(curl, CURLOPT_USERNAME, place.s3_key.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, place.s3_secret.c_str());
}

Result<void> S3Client::Impl::Run(const char* method, const std::string& name, Transfer& transfer) {
  const std::string url = place.PathOf(name);
  Prepare(url, transfer);
  const std::string hash = "x-amz-content-sha256: " + Sha256(transfer.upload);
  const std::unique_ptr<curl_slist, FreeList> headers(curl_slist_append(nullptr, hash.c_str()));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  if (std::strcmp(method, "PUT") == 0) {
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, OnUpload);
    curl_easy_setopt(curl, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(transfer.upload.size()));
  } else {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
  }
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    return Error{ErrorCode::kUnavailable, url + ": " + curl_easy_strerror(code)};
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status / 100 == 2) return {};
  return Error{status == 404 ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
               url + ": the server answers " + std::to_string(status) + ' ' +
                   std::string(Element(transfer.other, "Code")) + ' ' +
                   std::string(Element(transfer.other, "Message"))};
}

S3Client::S3Client(const ArchivePlace& place) : impl_(std::make_unique<Impl>(place)) {}
S3Client::~S3Client() = default;

Result<void> S3Client::Get(const std::string& name,
                           const std::function<void(std::string_view)>& take) {
  Transfer transfer;
  transfer.take = &take;
  return impl_->Run("GET", name, transfer);
}

Result<void> S3Client::Put(const std::string& name, std::string_view bytes) {
  Transfer transfer;
  transfer.upload = bytes;
  return impl_->Run("PUT", name, transfer);
}

Result<void> S3Client::Delete(const std::string& name) {
  Transfer transfer;
  const auto deleted = impl_->Run("DELETE", name, transfer);
  if (!deleted.ok() && deleted.error().code == ErrorCode::kNotFound) return {};
  return deleted;
}

}  // namespace adtally
