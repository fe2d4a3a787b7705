#include "http/cookies.h"

#include "base/ascii.h"

namespace adtally::http {

std::string_view CookieValue(const Request& request, std::string_view name) {
  std::string_view value;
  size_t found = 0;
  for (const auto& [header, line] : request.headers) {
    if (!EqualsIgnoreCase(header, "Cookie")) continue;
    std::string_view rest = line;
    while (!rest.empty()) {
      std::string_view pair = TakeUntil(rest, ';');
      const std::string_view cookie = TrimSpace(TakeUntil(pair, '='));
      if (cookie != name) continue;
      value = TrimSpace(pair);
      ++found;
    }
  }
  return found == 1 ? value : std::string_view{};
}

}  // namespace adtally::http
