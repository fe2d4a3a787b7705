#include "edge/user_agent.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include "edge/bot_patterns.h"

namespace adtally {
namespace {

struct Case {
  Device device;
  const char* user_agent;
};

constexpr Case kPeople[] = {
    {Device::kDesktop,
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/124.0.0.0 Safari/537.36"},
    {Device::kDesktop,
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/124.0.0.0 Safari/537.36 "
     "Edg/124.0.2478.51"},
    {Device::kDesktop,
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:125.0) Gecko/20100101 Firefox/125.0"},
    {Device::kDesktop,
     "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; Tablet PC 2.0; rv:11.0) like Gecko"},
    {Device::kDesktop,
     "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/17.4.1 "
     "Safari/605.1.15"},
    {Device::kDesktop,
     "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/123.0.0.0 "
     "Safari/537.36"},
    {Device::kDesktop,
     "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0"},
    {Device::kDesktop,
     "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/124.0.0.0 Safari/537.36"},
    {Device::kMobile,
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Version/17.4.1 "
     "Mobile/15E148 Safari/604.1"},
    {Device::kMobile,
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Mobile/15E148 "
     "[FBAN/FBIOS;FBAV/458.0.0.37.110;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.4.1;FBLC/"
     "en_US]"},
    {Device::kMobile,
     "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 "
     "Mobile "
     "Safari/537.36"},
    {Device::kMobile,
     "Mozilla/5.0 (Linux; Android 13; SM-S908B) AppleWebKit/537.36 (KHTML, like Gecko) "
     "SamsungBrowser/24.0 "
     "Chrome/117.0.0.0 Mobile Safari/537.36"},
    {Device::kMobile, "Mozilla/5.0 (Android 13; Mobile; rv:125.0) Gecko/125.0 Firefox/125.0"},
    {Device::kMobile,
     "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/90.0.4430.210 Mobile "
     "Safari/537.36"},
    {Device::kMobile,
     "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80 (S60; SymbOS; Opera Mobi/23.348; U; en) "
     "Presto/2.5.25"},
    {Device::kMobile,
     "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) AppleWebKit/537.36 "
     "(KHTML, like Gecko) "
     "Chrome/52.0.2743.116 Mobile Safari/537.36 Edge/15.15063"},
    {Device::kMobile,
     "Mozilla/5.0 (Mobile; Nokia 8110 4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5"},
    {Device::kMobile,
     "Mozilla/5.0 (Linux; U; Android 12; en-US; RMX2185) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Version/4.0 "
     "Chrome/100.0.4896.58 UCBrowser/13.5.5.1313 Mobile Safari/537.36"},
    {Device::kTablet,
     "Mozilla/5.0 (iPad; CPU OS 12_5_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/12.1.2 "
     "Mobile/15E148 Safari/604.1"},
    {Device::kTablet,
     "Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/124.0.0.0 Safari/537.36"},
    {Device::kTablet, "Mozilla/5.0 (Android 12; Tablet; rv:124.0) Gecko/124.0 Firefox/124.0"},
    {Device::kTablet,
     "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/122.1.1 "
     "like "
     "Chrome/122.0.6261.90 Safari/537.36"},
    {Device::kTv,
     "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) "
     "76.0.3809.146/6.0 TV "
     "Safari/537.36"},
    {Device::kTv,
     "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/79.0.3945.79 Safari/537.36 "
     "WebAppManager"},
    {Device::kTv,
     "Mozilla/5.0 (Linux; Android 9; BRAVIA 4K UR2) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/98.0.4758.101 "
     "Safari/537.36"},
    {Device::kTv,
     "Mozilla/5.0 (Linux; Android 7.1.2; AFTMM) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Silk/108.7.5 like "
     "Chrome/108.0.5359.220 Safari/537.36"},
    {Device::kTv, "Roku/DVP-12.0 (12.0.0.4182-88)"},
    {Device::kTv, "AppleTV11,1/17.4"},
    {Device::kTv,
     "Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.4430.225 "
     "Safari/537.36 "
     "CrKey/1.56.500000"},
    {Device::kTv,
     "Mozilla/5.0 (PlayStation; PlayStation 5/8.60) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/16.4 "
     "Safari/605.1.15"},
    {Device::kOther, ""},
    {Device::kOther, "MyApp/3.1"},
    {Device::kOther, "okhttp/4.12.0"},
};

constexpr const char* kBots[] = {
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like "
    "Gecko) "
    "Chrome/124.0.6367.60 Mobile Safari/537.36 (compatible; AdsBot-Google-Mobile; "
    "+http://www.google.com/mobile/adsbot.html)",
    "Mediapartners-Google",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; "
    "+http://www.bing.com/bingbot.htm) "
    "Chrome/116.0.1938.76 Safari/537.36",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.0; "
    "+https://openai.com/gptbot)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "HeadlessChrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 11; moto g power) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/119.0.0.0 Mobile "
    "Safari/537.36 Chrome-Lighthouse",
    "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
    "curl/8.5.0",
    "Wget/1.21.4",
    "python-requests/2.31.0",
    "Python-urllib/3.11",
    "Go-http-client/1.1",
    "Java/17.0.9",
    "Apache-HttpClient/4.5.14 (Java/17.0.9)",
    "axios/1.6.8",
    "PostmanRuntime/7.37.3",
    "Scrapy/2.11.1 (+https://scrapy.org)",
    "BOT",
};

TEST(UserAgent, ClassifiesRealBrowsersAndTakesNoneForABot) {
  for (const Case& c : kPeople) {
    EXPECT_EQ(DeviceName(ClassifyDevice({c.user_agent, "", ""})), DeviceName(c.device))
        << c.user_agent;
    EXPECT_FALSE(IsBot(c.user_agent)) << c.user_agent;
  }
}

TEST(UserAgent, KnowsBots) {
  for (const char* agent : kBots) EXPECT_TRUE(IsBot(agent)) << agent;
}

TEST(UserAgent, EveryPatternCompilesByItself) {
  for (const std::string_view pattern : BotPatterns()) {
    RE2::Options options;
    options.set_log_errors(false);
    const RE2 expression(re2::StringPiece(pattern.data(), pattern.size()), options);
    EXPECT_TRUE(expression.ok()) << pattern << ": " << expression.error();
    EXPECT_FALSE(RE2::PartialMatch("", expression)) << pattern << " matches everything";
  }
}

TEST(UserAgent, ClientHintsComeFirst) {
  // Chrome freezes the agent: only the hints tell a tablet from a desktop that it asks pages for.
  const char* frozen =
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 "
      "Safari/537.36";
  EXPECT_EQ(ClassifyDevice({frozen, "?0", "\"Android\""}), Device::kTablet);
  EXPECT_EQ(ClassifyDevice({frozen, "?1", "\"Android\""}), Device::kMobile);
  EXPECT_EQ(ClassifyDevice({frozen, "?0", "\"Windows\""}), Device::kDesktop);
  EXPECT_EQ(ClassifyDevice({frozen, "?0", "\"Chrome OS\""}), Device::kDesktop);
  EXPECT_EQ(ClassifyDevice({"", "?1", ""}), Device::kMobile);
  EXPECT_EQ(ClassifyDevice({"", "?0", "\"macOS\""}), Device::kDesktop);
  EXPECT_EQ(ClassifyDevice({frozen, "?0", "\"Unknown\""}), Device::kDesktop);
  EXPECT_EQ(ClassifyDevice(
                {"Mozilla/5.0 (Linux; Android 9; BRAVIA 4K UR2) Chrome/98.0", "?0", "\"Android\""}),
            Device::kTv);
}

TEST(UserAgent, TheCacheAnswersAsIfThereWereNone) {
  for (int round = 0; round < 2; ++round) {
    for (const Case& c : kPeople) {
      const AgentTraits traits = FindAgentTraits({c.user_agent, "", ""});
      EXPECT_EQ(traits.device, c.device);
      EXPECT_FALSE(traits.bot);
    }
    for (const char* agent : kBots) EXPECT_TRUE(FindAgentTraits({agent, "", ""}).bot);
    EXPECT_EQ(FindAgentTraits({"x", "?1", ""}).device, Device::kMobile);
    EXPECT_EQ(FindAgentTraits({"x", "?0", "\"Linux\""}).device, Device::kDesktop);
    // More agents than the cache has room for.
    for (int i = 0; i < 5000; ++i) {
      EXPECT_EQ(FindAgentTraits({"iPhone " + std::to_string(i), "", ""}).device, Device::kMobile);
    }
  }
}

TEST(UserAgent, AnyBytesAreFine) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_FALSE(IsBot(bytes));
  EXPECT_TRUE(IsBot(bytes + " Googlebot"));
  EXPECT_EQ(ClassifyDevice({bytes, bytes, bytes}), Device::kOther);
}

}  // namespace
}  // namespace adtally
