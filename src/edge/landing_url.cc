#include "edge/landing_url.h"

#include <algorithm>

namespace adtally {
namespace {

bool StartsWithIgnoringCase(std::string_view text, std::string_view lower_case_prefix) {
  return text.size() >= lower_case_prefix.size() &&
         std::equal(lower_case_prefix.begin(), lower_case_prefix.end(), text.begin(),
                    [](char expected, char c) {
                      return expected ==
                             (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
                    });
}

}  // namespace

bool IsLandingUrl(std::string_view url) {
  if (url.size() > kMaxLandingUrlBytes) return false;
  for (const char c : url) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f || c == '\\') return false;
  }
  std::string_view rest = url;
  if (StartsWithIgnoringCase(url, "https://")) {
    rest.remove_prefix(8);
  } else if (StartsWithIgnoringCase(url, "http://")) {
    rest.remove_prefix(7);
  } else {
    return false;
  }
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const size_t at = authority.rfind('@');
  const std::string_view host = at == std::string_view::npos ? authority : authority.substr(at + 1);
  return !host.empty() && host.front() != ':';
}

std::string WithClickId(std::string_view url, std::string_view click_id) {
  const size_t hash = std::min(url.find('#'), url.size());
  const std::string_view before = url.substr(0, hash);
  std::string result;
  result.reserve(url.size() + click_id.size() + 10);
  result.append(before);
  if (before.find('?') == std::string_view::npos) {
    result += '?';
  } else if (before.back() != '?' && before.back() != '&') {
    result += '&';
  }
  result.append("click_id=").append(click_id).append(url.substr(hash));
  return result;
}

}  // namespace adtally
