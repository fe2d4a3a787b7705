#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "app/config.h"
#include "base/ascii.h"

namespace adtally {
namespace {

constexpr size_t kMinAdminKeyChars = 16;

Error Bad(std::string_view name, std::string_view problem) {
  return {ErrorCode::kInvalidArgument, fmt::format("{}: {}", name, problem)};
}

template <class Int>
std::optional<Int> ParseInt(std::string_view text) {
  Int value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<void> SetNumber(const ConfigOption& option, int64_t& target, int64_t value) {
  if (value < option.min || value > option.max) {
    return Bad(option.name,
               fmt::format("expected {} to {}, got {}", option.min, option.max, value));
  }
  target = value;
  return {};
}

Result<void> SetText(const ConfigOption& option, std::string& target, std::string value) {
  const auto& choices = option.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
    return Bad(option.name,
               fmt::format("expected {}, got \"{}\"", fmt::join(choices, " or "), value));
  }
  target = std::move(value);
  return {};
}

// Keys with dots make tables in tables: security.protocol = "SSL" is meant as one name.
Result<void> AddSettings(const ConfigOption& option, const std::string& prefix,
                         const toml::table& table, std::map<std::string, std::string>& settings) {
  for (const auto& [key, value] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const toml::table* inner = value.as_table()) {
      ADTALLY_TRY(AddSettings(option, name + ".", *inner, settings));
    } else if (const auto* text = value.as_string()) {
      settings[name] = text->get();
    } else if (const auto* number = value.as_integer()) {
      settings[name] = std::to_string(number->get());
    } else if (const auto* truth = value.as_boolean()) {
      settings[name] = truth->get() ? "true" : "false";
    } else {
      return Bad(option.name, fmt::format("expected a text or a number for \"{}\"", name));
    }
  }
  return {};
}

Result<void> SetFromToml(const ConfigOption& option, const toml::node& node) {
  if (auto* text = std::get_if<std::string*>(&option.target)) {
    if (!node.is_string()) return Bad(option.name, "expected a text in quotes");
    return SetText(option, **text, node.as_string()->get());
  }
  if (auto* number = std::get_if<int64_t*>(&option.target)) {
    if (!node.is_integer()) return Bad(option.name, "expected a whole number");
    return SetNumber(option, **number, node.as_integer()->get());
  }
  if (auto* truth = std::get_if<bool*>(&option.target)) {
    if (!node.is_boolean()) return Bad(option.name, "expected true or false");
    **truth = node.as_boolean()->get();
    return {};
  }
  if (auto* list = std::get_if<std::vector<std::string>*>(&option.target)) {
    const toml::array* array = node.as_array();
    if (array == nullptr || !std::all_of(array->begin(), array->end(),
                                         [](const toml::node& e) { return e.is_string(); })) {
      return Bad(option.name, "expected a list of texts, such as [\"10.0.0.0/8\"]");
    }
    (*list)->clear();
    for (const toml::node& element : *array) (*list)->push_back(element.as_string()->get());
    return {};
  }
  const toml::table* table = node.as_table();
  if (auto* settings = std::get_if<std::map<std::string, std::string>*>(&option.target)) {
    if (table == nullptr) return Bad(option.name, "expected a table of settings by name");
    return AddSettings(option, "", *table, **settings);
  }
  auto& keys = *std::get<std::map<uint32_t, std::string>*>(option.target);
  if (table == nullptr) return Bad(option.name, "expected a table of secrets by key id");
  for (const auto& [id, secret] : *table) {
    const auto number = ParseInt<uint32_t>(id.str());
    if (!number || *number == 0 || !secret.is_string()) {
      return Bad(option.name,
                 fmt::format("expected ID = \"secret\" with an ID from 1 on, got {}", id.str()));
    }
    keys[*number] = secret.as_string()->get();
  }
  return {};
}

Result<void> SetFromEnvironment(const ConfigOption& option, std::string_view value) {
  if (auto* text = std::get_if<std::string*>(&option.target)) {
    return SetText(option, **text, std::string(value));
  }
  if (auto* number = std::get_if<int64_t*>(&option.target)) {
    const auto parsed = ParseInt<int64_t>(value);
    if (!parsed) return Bad(option.name, fmt::format("expected a whole number, got \"{}\"", value));
    return SetNumber(option, **number, *parsed);
  }
  if (auto* truth = std::get_if<bool*>(&option.target)) {
    if (value != "true" && value != "false") {
      return Bad(option.name, fmt::format("expected true or false, got \"{}\"", value));
    }
    **truth = value == "true";
    return {};
  }
  // Lists are separated by commas; keys are ID=secret, settings NAME=value.
  std::vector<std::string> parts;
  for (size_t from = 0; from <= value.size();) {
    const size_t comma = std::min(value.find(',', from), value.size());
    if (comma > from) parts.emplace_back(value.substr(from, comma - from));
    from = comma + 1;
  }
  if (auto* list = std::get_if<std::vector<std::string>*>(&option.target)) {
    **list = std::move(parts);
    return {};
  }
  if (auto* settings = std::get_if<std::map<std::string, std::string>*>(&option.target)) {
    for (const std::string& part : parts) {
      const size_t equals = part.find('=');
      if (equals == std::string::npos || equals == 0) {
        return Bad(option.name, "expected NAME=value, separated by commas");
      }
      (**settings)[part.substr(0, equals)] = part.substr(equals + 1);
    }
    return {};
  }
  auto& keys = *std::get<std::map<uint32_t, std::string>*>(option.target);
  for (const std::string& part : parts) {
    const size_t equals = part.find('=');
    const auto id = ParseInt<uint32_t>(std::string_view(part).substr(0, equals));
    if (equals == std::string::npos || !id || *id == 0) {
      return Bad(option.name, "expected ID=secret, separated by commas");
    }
    keys[*id] = part.substr(equals + 1);
  }
  return {};
}

Result<void> ApplyFile(const std::string& path, std::vector<ConfigOption>& options) {
  toml::table file;
  try {
    file = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    return Error{ErrorCode::kInvalidArgument,
                 line == 0 ? fmt::format("{}: {}", path, error.description())
                           : fmt::format("{}:{}: {}", path, line, error.description())};
  }
  for (const auto& [section, node] : file) {
    const toml::table* table = node.as_table();
    if (table == nullptr)
      return Bad(section.str(), "unknown key; `adtally config` lists the known ones");
    for (const auto& [key, value] : *table) {
      const std::string name = fmt::format("{}.{}", section.str(), key.str());
      const auto option = std::find_if(options.begin(), options.end(),
                                       [&](const ConfigOption& o) { return o.name == name; });
      if (option == options.end()) {
        return Bad(name,
                   fmt::format("unknown key in {}; `adtally config` lists the known ones", path));
      }
      ADTALLY_TRY(SetFromToml(*option, value));
    }
  }
  return {};
}

std::string EnvironmentName(std::string_view option) {
  std::string name = "ADTALLY_" + AsciiUpper(option);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

Result<void> ApplyEnvironment(const char* const* environment, std::vector<ConfigOption>& options) {
  for (const char* const* entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    for (const ConfigOption& option : options) {
      if (text.substr(0, equals) != EnvironmentName(option.name)) continue;
      auto set = SetFromEnvironment(option, text.substr(equals + 1));
      if (!set.ok()) return std::move(set).error().WithContext(text.substr(0, equals));
    }
  }
  return {};
}

// An option that the log's kind does not use is a mistake: the log would not be what was meant.
Result<void> CheckLogKind(const Config& config) {
  if (config.log_kind == "kafka") {
    if (config.log_brokers.empty()) {
      return Bad("log.brokers", "log.kind = \"kafka\" needs brokers, \"host:port,host:port\"");
    }
    if (config.log_topic == config.log_checkpoints_topic) {
      return Bad("log.checkpoints_topic", "must be another one than log.topic");
    }
    if (config.log_rejected_topic == config.log_topic ||
        config.log_rejected_topic == config.log_checkpoints_topic) {
      return Bad("log.rejected_topic",
                 "must be another one than log.topic and "
                 "log.checkpoints_topic");
    }
    return {};
  }
  const Config defaults;
  const std::pair<std::string_view, bool> unused[] = {
      {"log.brokers", config.log_brokers != defaults.log_brokers},
      {"log.topic", config.log_topic != defaults.log_topic},
      {"log.checkpoints_topic", config.log_checkpoints_topic != defaults.log_checkpoints_topic},
      {"log.format", config.log_format != defaults.log_format},
      {"log.rejected_topic", config.log_rejected_topic != defaults.log_rejected_topic},
      {"log.replication", config.log_replication != defaults.log_replication},
      {"log.kafka", config.log_kafka != defaults.log_kafka},
      {"edge.spool_after_ms", config.edge_spool_after_ms != defaults.edge_spool_after_ms},
      {"edge.spool_max_mb", config.edge_spool_max_mb != defaults.edge_spool_max_mb},
  };
  for (const auto& [name, is_set] : unused) {
    if (!is_set) continue;
    return Bad(name,
               fmt::format("is for log.kind = \"kafka\", but that is \"{}\"", config.log_kind));
  }
  return {};
}

Result<void> CheckTogether(const Config& config) {
  ADTALLY_TRY(CheckLogKind(config));
  // Anybody may try keys, as fast as the machine answers.
  if (!config.auth_admin_key.empty() && config.auth_admin_key.size() < kMinAdminKeyChars) {
    return Bad("auth.admin_key",
               fmt::format("needs at least {} characters, chosen at random", kMinAdminKeyChars));
  }
  if (config.log_retention_hours < config.aggregator_dedup_window_hours + 3) {
    return Bad(
        "log.retention_hours",
        fmt::format(
            "must be at least aggregator.dedup_window_hours + 3 = {}, since a restart reads the "
            "deduplication window again, got {}",
            config.aggregator_dedup_window_hours + 3, config.log_retention_hours));
  }
  return {};
}

struct DefaultText {
  std::string operator()(const std::string* text) const { return fmt::format("\"{}\"", *text); }
  std::string operator()(const int64_t* number) const { return std::to_string(*number); }
  std::string operator()(const bool* truth) const { return *truth ? "true" : "false"; }
  std::string operator()(const std::vector<std::string>*) const { return "[]"; }
  std::string operator()(const std::map<uint32_t, std::string>*) const { return "{}"; }
  std::string operator()(const std::map<std::string, std::string>*) const { return "{}"; }
};

}  // namespace

Result<Config> LoadConfig(const std::string& path, const char* const* environment) {
  Config config;
  std::vector<ConfigOption> options = ConfigOptions(config);
  if (!path.empty()) ADTALLY_TRY(ApplyFile(path, options));
  ADTALLY_TRY(ApplyEnvironment(environment, options));
  ADTALLY_TRY(CheckTogether(config));
  return config;
}

std::string DescribeConfig() {
  Config defaults;
  std::string out =
      "# Every option of adtally with its default. Each can also be set in the environment,\n"
      "# edge.listen as ADTALLY_EDGE_LISTEN.\n";
  std::string_view section;
  for (const ConfigOption& option : ConfigOptions(defaults)) {
    const std::string_view own = option.name.substr(0, option.name.find('.'));
    if (own != section) out += fmt::format("\n[{}]\n", own);
    section = own;
    out += fmt::format("# {}", option.meaning);
    if (option.max != 0) out += fmt::format(" ({} to {})", option.min, option.max);
    out += fmt::format("\n{} = {}\n", option.name.substr(own.size() + 1),
                       std::visit(DefaultText(), option.target));
  }
  return out;
}

}  // namespace adtally
