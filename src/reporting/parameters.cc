#include "reporting/parameters.h"

#include <algorithm>
#include <charconv>

#include "http/message.h"

namespace adtally {
namespace {

constexpr size_t kMaxQuoted = 60;

std::string Quoted(std::string_view value) {
  if (value.size() <= kMaxQuoted) return '"' + std::string(value) + '"';
  return '"' + std::string(value.substr(0, kMaxQuoted)) + "…\"";
}

}  // namespace

Result<Parameters> Parameters::Parse(std::string_view query,
                                     std::span<const std::string_view> known) {
  Parameters parameters;
  for (auto& [name, value] : http::ParseQuery(query)) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      if (known.empty()) {
        return Error{ErrorCode::kInvalidArgument,
                     "unknown parameter " + Quoted(name) + ": this call takes none"};
      }
      return Error{ErrorCode::kInvalidArgument,
                   "unknown parameter " + Quoted(name) + ": expected " +
                       Choices(known, [](std::string_view k) { return k; })};
    }
    if (parameters.Get(name)) {
      return Error{ErrorCode::kInvalidArgument,
                   name + ": given twice; separate several values by commas"};
    }
    parameters.values_.emplace_back(std::move(name), std::move(value));
  }
  return parameters;
}

std::optional<std::string_view> Parameters::Get(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Error BadParameter(std::string_view name, std::string_view expected, std::string_view value) {
  std::string message(name);
  message.append(": expected ").append(expected).append(", got ").append(Quoted(value));
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const size_t comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

std::optional<uint32_t> ParseUInt32(std::string_view text, uint32_t min) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < min) return std::nullopt;
  return value;
}

}  // namespace adtally
