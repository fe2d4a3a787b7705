#include "base/landing_url.h"

#include <algorithm>

#include "base/ascii.h"

namespace adtally {
namespace {

bool IsForbidden(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '\\';
}

}  // namespace

bool IsLandingUrl(std::string_view url) {
  if (url.size() > kMaxLandingUrlBytes) return false;
  if (std::any_of(url.begin(), url.end(), IsForbidden)) return false;
  std::string_view rest = url;
  if (StartsWithIgnoreCase(url, "https://")) {
    rest.remove_prefix(8);
  } else if (StartsWithIgnoreCase(url, "http://")) {
    rest.remove_prefix(7);
  } else {
    return false;
  }
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  return !authority.empty() && authority.front() != ':' &&
         authority.find('@') == std::string_view::npos;
}

}  // namespace adtally
