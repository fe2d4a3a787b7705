#include "storeserver/users.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/base64url.h"

namespace adtally {
namespace {

bool SameText(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string url_text(text);
  std::ranges::replace(url_text, '+', '-');
  std::ranges::replace(url_text, '/', '_');
  while (url_text.ends_with('=')) url_text.pop_back();
  return DecodeBase64Url(url_text);
}

Error Refused(std::string what) {
  return {ErrorCode::kInvalidArgument, "Invalid authentication: " + std::move(what)};
}

Result<Credentials> FromBasic(std::string_view authorization) {
  constexpr std::string_view kBasic = "Basic ";
  if (!StartsWithIgnoreCase(authorization, kBasic)) {
    return Refused("the only Authorization scheme here is Basic");
  }
  const auto pair = DecodeBase64(TrimSpace(authorization.substr(kBasic.size())));
  const size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return Refused("the Authorization header cannot be read");
  return Credentials{pair->substr(0, colon), pair->substr(colon + 1)};
}

}  // namespace

Result<StoreUser> ParseStoreUser(std::string_view text, bool read_only) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
    return Error{ErrorCode::kInvalidArgument, "expected NAME:PASSWORD"};
  }
  return StoreUser{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1)),
                   read_only};
}

Result<std::optional<Credentials>> ReadCredentials(
    const http::Request& request,
    const std::vector<std::pair<std::string, std::string>>& url_parameters) {
  std::vector<Credentials> found;
  const std::string_view user = request.Header("X-ClickHouse-User");
  const std::string_view key = request.Header("X-ClickHouse-Key");
  if (!user.empty() || !key.empty()) {
    found.push_back({std::string(user.empty() ? "default" : user), std::string(key)});
  }
  if (const auto authorization = request.Header("Authorization"); !authorization.empty()) {
    ADTALLY_ASSIGN(Credentials basic, FromBasic(authorization));
    found.push_back(std::move(basic));
  }
  std::optional<Credentials> in_url;
  for (const auto& [name, value] : url_parameters) {
    if (name != "user" && name != "password") continue;
    if (!in_url) in_url = Credentials{"default", ""};
    (name == "user" ? in_url->user : in_url->password) = value;
  }
  if (in_url) found.push_back(*std::move(in_url));
  if (found.size() > 1) {
    return Refused("headers, the Authorization header and the URL must not be used together");
  }
  if (found.empty()) return std::optional<Credentials>();
  return std::optional<Credentials>(std::move(found.front()));
}

const StoreUser* FindUser(const std::vector<StoreUser>& users, const Credentials& credentials) {
  for (const StoreUser& user : users) {
    if (user.name == credentials.user) {
      return SameText(user.password, credentials.password) ? &user : nullptr;
    }
  }
  return nullptr;
}

}  // namespace adtally
