#include "edge/user_agent.h"

#include <re2/re2.h>

#include <array>
#include <initializer_list>
#include <string>

#include "base/check.h"
#include "base/hash.h"
#include "edge/bot_patterns.h"

namespace adtally {
namespace {

bool HasAny(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text.find(word) != std::string_view::npos) return true;
  }
  return false;
}

// Screens in living rooms, game consoles and sticks included.
bool IsTv(std::string_view agent) {
  if (HasAny(agent,
             {"SmartTV",  "SMART-TV", "Smart-TV",  "Smart TV",   "HbbTV",       "AppleTV",
              "Apple TV", "GoogleTV", "Google TV", "Android TV", "AndroidTV",   "BRAVIA",
              "Roku",     "CrKey",    "Web0S",     "NetCast",    "PlayStation", "PLAYSTATION",
              "Xbox",     "Nintendo", "; AFT",     "VIDAA",      "Viera",       "OperaTV"})) {
    return true;
  }
  return HasAny(agent, {"Tizen", "Linux"}) && HasAny(agent, {" TV ", " TV)", "; TV", "/TV"});
}

Device FromHints(const AgentHeaders& agent) {
  if (agent.ch_mobile == "?1") return Device::kMobile;
  if (HasAny(agent.ch_platform, {"Android"})) {
    return agent.ch_mobile == "?0" ? Device::kTablet : Device::kOther;
  }
  if (HasAny(agent.ch_platform,
             {"Windows", "macOS", "Linux", "Chrome OS", "Chromium OS", "ChromeOS"})) {
    return Device::kDesktop;
  }
  return Device::kOther;
}

Device FromUserAgent(std::string_view agent) {
  if (HasAny(agent, {"iPad"})) return Device::kTablet;
  if (HasAny(agent, {"iPhone", "iPod", "Windows Phone", "IEMobile", "Opera Mini", "Opera Mobi",
                     "BlackBerry", "BB10", "KAIOS", "UCBrowser/", "UCWEB"})) {
    return Device::kMobile;
  }
  if (HasAny(agent, {"Tablet", "PlayBook", "Kindle", "KFTT", "KFOT", "KFMA"}) &&
      !HasAny(agent, {"Tablet PC"})) {
    return Device::kTablet;
  }
  if (HasAny(agent, {"Android"}))
    return HasAny(agent, {"Mobi"}) ? Device::kMobile : Device::kTablet;
  if (HasAny(agent, {"Mobi"})) return Device::kMobile;
  if (HasAny(agent, {"Silk/"})) return Device::kTablet;
  if (HasAny(agent, {"Windows", "Macintosh", "X11", "CrOS", "Linux x86_64", "Linux i686"}))
    return Device::kDesktop;
  return Device::kOther;
}

const RE2& BotExpression() {
  static const RE2* const expression = [] {
    std::string alternatives;
    for (const std::string_view pattern : BotPatterns()) {
      if (!alternatives.empty()) alternatives += '|';
      alternatives.append("(?:").append(pattern).append(")");
    }
    RE2::Options options;
    options.set_case_sensitive(false);
    options.set_never_capture(true);
    options.set_encoding(RE2::Options::EncodingLatin1);  // a User-Agent is bytes
    options.set_log_errors(false);
    return new RE2(alternatives, options);
  }();
  ADTALLY_CHECK(expression->ok(), "a bot pattern does not compile");
  return *expression;
}

// A direct-mapped cache: an agent takes its slot from whoever had it. 1024 slots are 32 KiB a
// thread.
struct CachedAgent {
  Hash128 key;
  AgentTraits traits;
};
using AgentCache = std::array<CachedAgent, 1024>;

Hash128 KeyOf(const AgentHeaders& agent) {
  thread_local std::string text;
  text.assign(agent.user_agent).append(1, '\n');
  text.append(agent.ch_mobile).append(1, '\n').append(agent.ch_platform);
  return HashBytes(text);
}

}  // namespace

Device ClassifyDevice(const AgentHeaders& agent) {
  if (IsTv(agent.user_agent)) return Device::kTv;
  const Device hinted = FromHints(agent);
  return hinted != Device::kOther ? hinted : FromUserAgent(agent.user_agent);
}

bool IsBot(std::string_view user_agent) {
  return RE2::PartialMatch(re2::StringPiece(user_agent.data(), user_agent.size()), BotExpression());
}

AgentTraits FindAgentTraits(const AgentHeaders& agent) {
  thread_local AgentCache cache{};
  const Hash128 key = KeyOf(agent);
  CachedAgent& slot = cache[key.low % cache.size()];
  if (slot.key != key) slot = {key, {ClassifyDevice(agent), IsBot(agent.user_agent)}};
  return slot.traits;
}

}  // namespace adtally
