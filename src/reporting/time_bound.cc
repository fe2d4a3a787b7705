#include "reporting/time_bound.h"

#include <string>

namespace adtally {
namespace {

Result<CivilTime> ParseBound(const Parameters& parameters, std::string_view name,
                             RoundMinute round) {
  const auto text = parameters.Get(name);
  if (!text) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(name) + " is required: " + std::string(kTimeSyntax)};
  }
  const auto time = ParseCivilTime(*text, round);
  if (!time) return BadParameter(name, kTimeSyntax, *text);
  return *time;
}

}  // namespace

Result<CivilTime> ParseFrom(const Parameters& parameters) {
  return ParseBound(parameters, "from", RoundMinute::kDown);
}

Result<CivilTime> ParseTo(const Parameters& parameters) {
  return ParseBound(parameters, "to", RoundMinute::kUp);
}

}  // namespace adtally
