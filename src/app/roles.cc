#include "app/roles.h"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

namespace adtally {
namespace {

constexpr std::array<std::pair<std::string_view, bool Roles::*>, 4> kRoles = {{
    {"edge", &Roles::edge},
    {"aggregator", &Roles::aggregator},
    {"api", &Roles::api},
    {"maintenance", &Roles::maintenance},
}};

Error Refused(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

Result<void> CheckShared(const Config& config, std::string_view what) {
  if (config.log_kind != "kafka") {
    return Refused(
        fmt::format("{} needs log.kind = \"kafka\": the log of log.kind = \"{}\" belongs "
                    "to one process",
                    what, config.log_kind));
  }
  if (config.store_kind != "clickhouse") {
    return Refused(
        fmt::format("{} needs store.kind = \"clickhouse\": the store of store.kind = "
                    "\"{}\" belongs to one process",
                    what, config.store_kind));
  }
  return {};
}

}  // namespace

std::string Roles::text() const {
  std::string text;
  for (const auto& [name, member] : kRoles) {
    if (!(this->*member)) continue;
    if (!text.empty()) text += ',';
    text += name;
  }
  return text;
}

Result<Roles> ParseRoles(std::string_view text) {
  Roles roles;
  for (size_t from = 0; from <= text.size();) {
    const size_t comma = std::min(text.find(',', from), text.size());
    const std::string_view word = text.substr(from, comma - from);
    bool known = false;
    for (const auto& [name, member] : kRoles) {
      if (word != name) continue;
      roles.*member = true;
      known = true;
    }
    if (!known) {
      return Refused(fmt::format("--roles: expected some of {}, got \"{}\"", kAllRoles, text));
    }
    from = comma + 1;
  }
  return roles;
}

bool IsShared(const Config& config) {
  return config.log_kind == "kafka" && config.store_kind == "clickhouse";
}

Result<void> CheckRoles(const Roles& roles, const Config& config) {
  if (config.aggregator_standby) ADTALLY_TRY(CheckShared(config, "aggregator.standby"));
  if (roles.all()) return {};
  ADTALLY_TRY(CheckShared(config, "--roles " + roles.text()));
  // What one process makes for itself the others would not know.
  if ((roles.edge || roles.api) && config.auth_admin_key.empty()) {
    return Refused(
        fmt::format("--roles {} needs auth.admin_key: a key that one process makes for "
                    "itself opens no other",
                    roles.text()));
  }
  if (roles.edge && (config.links_keys.empty() || config.links_signing_key == 0)) {
    return Refused(
        fmt::format("--roles {} needs links.keys and links.signing_key: links that one "
                    "edge signs must be good at every other",
                    roles.text()));
  }
  return {};
}

}  // namespace adtally
