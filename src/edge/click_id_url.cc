#include "edge/click_id_url.h"

#include <algorithm>

namespace adtally {

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
