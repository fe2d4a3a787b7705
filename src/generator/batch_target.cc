#include "generator/batch_target.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "http/client.h"

namespace adtally {
namespace {

class HttpTarget final : public BatchTarget {
 public:
  HttpTarget(std::unique_ptr<http::Client> client, const GeneratorOptions& options)
      : client_(std::move(client)) {
    const bool json = options.format == GeneratorFormat::kJson;
    headers_.emplace_back("Content-Type", json ? "application/x-ndjson" : "application/x-protobuf");
    if (!options.key.empty()) headers_.emplace_back("Authorization", "Bearer " + options.key);
  }

  Result<http::Response> Send(std::string_view body) override {
    return client_->Send("POST", "/v1/events", headers_, body);
  }

 private:
  std::unique_ptr<http::Client> client_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

class FileTarget final : public BatchTarget {
 public:
  explicit FileTarget(const std::string& path)
      : path_(path), out_(path, std::ios::binary | std::ios::trunc) {}

  bool open() const { return out_.is_open(); }

  Result<http::Response> Send(std::string_view body) override {
    out_.write(body.data(), static_cast<std::streamsize>(body.size()));
    out_.flush();
    if (!out_) {
      return Error{ErrorCode::kInternal,
                   fmt::format("cannot write to {}: {}", path_, std::strerror(errno))};
    }
    return http::Response{202, "", {}};
  }

 private:
  std::string path_;
  std::ofstream out_;
};

}  // namespace

bool IsHttpTarget(std::string_view to) {
  return to.starts_with("http://");
}

Result<std::unique_ptr<BatchTarget>> OpenBatchTarget(const GeneratorOptions& options) {
  std::string to = options.to;
  if (IsHttpTarget(to)) {
    if (to.ends_with('/')) to.pop_back();
    if (to.find('/', std::string_view("http://").size()) != std::string::npos) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("--to {} has a path: give the edge's address only, "
                               "such as http://127.0.0.1:8080",
                               options.to)};
    }
    ADTALLY_ASSIGN(auto client, http::Client::Create(to, options.request_timeout_ms));
    return std::unique_ptr<BatchTarget>(new HttpTarget(std::move(client), options));
  }
  if (to.find("://") != std::string::npos) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--to {} is not supported: give http://HOST:PORT or a file", to)};
  }
  auto file = std::make_unique<FileTarget>(to);
  if (!file->open()) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("cannot write to {}: {}", to, std::strerror(errno))};
  }
  return std::unique_ptr<BatchTarget>(std::move(file));
}

}  // namespace adtally
