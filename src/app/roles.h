#pragma once

#include <string>
#include <string_view>

#include "app/config.h"
#include "base/result.h"

namespace adtally {

// What a process does.
struct Roles {
  bool edge = false;         // takes events in
  bool aggregator = false;   // counts and delivers
  bool api = false;          // reports, catalog, keys and the dashboard
  bool maintenance = false;  // rollups, retention

  bool all() const { return edge && aggregator && api && maintenance; }
  std::string text() const;  // "edge,api", as it is configured
};

inline constexpr std::string_view kAllRoles = "edge,aggregator,api,maintenance";

// From a list with commas, "edge,api".
Result<Roles> ParseRoles(std::string_view text);

// Whether processes can share the work: they meet in Kafka and in a store that is a server.
bool IsShared(const Config& config);

// kInvalidArgument when a process with these roles cannot work together with the others, one
// sentence that names the option.
Result<void> CheckRoles(const Roles& roles, const Config& config);

}  // namespace adtally
