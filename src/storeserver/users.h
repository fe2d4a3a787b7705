#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace adtally {

struct StoreUser {
  std::string name;
  std::string password;
  bool read_only = false;
};

// A pair of a text "name:password". kInvalidArgument when it is none.
Result<StoreUser> ParseStoreUser(std::string_view text, bool read_only);

// Who a request says that it is from: the headers X-ClickHouse-User and X-ClickHouse-Key,
// `Authorization: Basic`, or the URL's `user` and `password`.
struct Credentials {
  std::string user;
  std::string password;
};

// nullopt when a request names nobody; kInvalidArgument when it names somebody in two ways, or in
// one that is not known here.
Result<std::optional<Credentials>> ReadCredentials(
    const http::Request& request,
    const std::vector<std::pair<std::string, std::string>>& url_parameters);

// Null when there is no such user or the password is another one. The time that it takes does not
// tell how much of a password is right.
const StoreUser* FindUser(const std::vector<StoreUser>& users, const Credentials& credentials);

}  // namespace adtally
