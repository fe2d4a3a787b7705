#include "app/api_client.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <fstream>

#include "http/client.h"

namespace adtally {
namespace {

// What a problem document says, or the whole body when it is none.
std::string DetailOf(const std::string& body) {
  simdjson::dom::parser parser;
  std::string_view detail;
  if (parser.parse(body)["detail"].get(detail) != simdjson::SUCCESS) return body;
  return std::string(detail);
}

Result<std::string> KeyOf(const ApiTarget& target) {
  if (!target.key.empty()) return target.key;
  std::ifstream file(target.data_dir + "/admin.key");
  std::string key;
  if (!(file >> key)) {
    return Error{ErrorCode::kNotFound, fmt::format("{}/admin.key cannot be read: name the server's "
                                                   "folder with --data, or a key with --key",
                                                   target.data_dir)};
  }
  return key;
}

}  // namespace

Result<std::string> CallApi(const ApiTarget& target, std::string_view method, std::string_view path,
                            std::string_view body) {
  ADTALLY_ASSIGN(const std::string key, KeyOf(target));
  ADTALLY_ASSIGN(const auto client, http::Client::Create(target.origin, target.timeout_ms));
  ADTALLY_ASSIGN(http::Response response, client->Send(method, path,
                                                       {{"Authorization", "Bearer " + key},
                                                        {"Content-Type", "application/json"}},
                                                       body));
  if (response.status >= 300) {
    return Error{ErrorCode::kUnavailable, fmt::format("{} {} answered {}: {}", method, path,
                                                      response.status, DetailOf(response.body))};
  }
  return std::move(response.body);
}

}  // namespace adtally
