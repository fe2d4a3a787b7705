#include "generator/demo_visitors.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "base/ascii.h"

namespace adtally {
namespace {

constexpr double kClicks = 0.08;
constexpr double kDoubleClicks = 0.1;  // of the clicks
constexpr double kOrders = 0.25;       // of the clicks
constexpr double kRobots = 0.03;
constexpr int64_t kMaxBacklogMs = 5000;  // visitors missed in an outage do not all come at once
constexpr std::string_view kBrowser =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 "
    "Safari/537.36";
constexpr std::string_view kRobot =
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

Error Unexpected(std::string what) {
  return {ErrorCode::kUnavailable, std::move(what)};
}

// "http://host:port/c/x" -> "/c/x"
std::string PathOf(std::string_view url) {
  const size_t host = url.find("://");
  if (host == std::string_view::npos) return std::string(url);
  const size_t path = url.find('/', host + 3);
  return std::string(path == std::string_view::npos ? "/" : url.substr(path));
}

std::string JsonString(std::string_view body, std::string_view name) {
  simdjson::dom::parser parser;
  std::string_view value;
  if (parser.parse(body.data(), body.size())[name].get(value) != simdjson::SUCCESS) return "";
  return std::string(value);
}

// The click_id in the query of a redirect's Location; "" when there is none.
std::string ClickIdOf(const http::Response& response) {
  std::string_view rest = response.Header("Location");
  TakeUntil(rest, '?');
  for (const auto& [name, value] : http::ParseQuery(TakeUntil(rest, '#'))) {
    if (name == "click_id") return value;
  }
  return "";
}

std::string LinkRequest(const DemoCampaign& campaign, const Dimensions& d) {
  return fmt::format(
      R"({{"advertiser_id":{},"campaign_id":{},"ad_group_id":{},"creative_id":{},)"
      R"("landing_url":"{}","click_cost_micros":{:.0f},"impression_cost_micros":{:.0f},)"
      R"("device":"{}","country":"{}","region":"{}"}})",
      d.advertiser_id, d.campaign_id, d.ad_group_id, d.creative_id,
      DemoLandingUrl(campaign, d.creative_id), campaign.cpc * 1e6, campaign.cpm * 1e3,
      DeviceName(d.device), d.country.view(), d.region.view());
}

}  // namespace

DemoVisitors::DemoVisitors(const DemoTimeline& timeline, std::unique_ptr<http::Client> edge,
                           std::string key, double visitors_per_second, const Clock& clock,
                           uint64_t seed)
    : timeline_(timeline),
      edge_(std::move(edge)),
      key_(std::move(key)),
      visitors_per_second_(visitors_per_second),
      clock_(clock),
      random_(seed),
      next_arrival_ms_(clock.NowMs()) {}

Result<void> DemoVisitors::Step() {
  const int64_t now_ms = clock_.NowMs();
  next_arrival_ms_ = std::max(next_arrival_ms_, now_ms - kMaxBacklogMs);
  while (next_arrival_ms_ <= now_ms) {
    // Arrivals at random moments: exponential gaps.
    const double gap_s = -std::log(1 - random_.Unit()) / visitors_per_second_;
    next_arrival_ms_ += static_cast<int64_t>(gap_s * 1000) + 1;
    ADTALLY_TRY(Arrive(now_ms));
  }
  while (!plans_.empty() && plans_.top().due_ms <= now_ms) {
    const Plan plan = plans_.top();
    plans_.pop();
    ADTALLY_TRY(plan.action == Action::kClick ? Click(plan, now_ms) : Order(plan));
  }
  return {};
}

Result<void> DemoVisitors::Arrive(int64_t now_ms) {
  const DemoCampaign& campaign = timeline_.SampleCampaign(now_ms / kMillisPerMinute, random_);
  const Dimensions dimensions = timeline_.SampleDimensions(campaign, random_);
  const bool robot = random_.Chance(kRobots);
  ADTALLY_ASSIGN(const auto links, edge_->Send("POST", "/v1/links",
                                               {{"Authorization", "Bearer " + key_},
                                                {"Content-Type", "application/json"}},
                                               LinkRequest(campaign, dimensions)));
  const std::string pixel = JsonString(links.body, "impression_url");
  const std::string click = JsonString(links.body, "click_url");
  if (links.status / 100 != 2 || pixel.empty() || click.empty()) {
    return Unexpected(
        fmt::format("POST /v1/links answered {}: {}", links.status, links.body.substr(0, 300)));
  }
  ADTALLY_TRY(Expect(200, "GET", PathOf(pixel), robot));
  if (robot || random_.Chance(kClicks)) {
    const auto delay = static_cast<int64_t>(random_.Between(1000, 12'000));
    plans_.push({now_ms + delay, Action::kClick, PathOf(click), &campaign, robot});
  }
  return {};
}

Result<void> DemoVisitors::Click(const Plan& plan, int64_t now_ms) {
  ADTALLY_ASSIGN(const auto landing, Expect(302, "GET", plan.target, plan.robot));
  if (random_.Chance(kDoubleClicks)) {
    ADTALLY_TRY(Expect(302, "GET", plan.target, plan.robot));
  }
  const std::string click_id = ClickIdOf(landing);
  if (click_id.empty()) return Unexpected("a click's redirect carries no click_id");
  if (!plan.robot && random_.Chance(kOrders)) {
    const auto delay = static_cast<int64_t>(random_.Between(5000, 60'000));
    plans_.push({now_ms + delay, Action::kOrder, click_id, plan.campaign, false});
  }
  return {};
}

Result<void> DemoVisitors::Order(const Plan& plan) {
  const double value = plan.campaign->order_value * random_.Between(0.8, 1.2);
  const std::string target =
      fmt::format("/v1/conversions?click_id={}&order_id=demo-{}-{}&value={:.2f}",
                  http::UrlEncode(plan.target), clock_.NowMs(), ++orders_, value);
  ADTALLY_TRY(Expect(204, "POST", target, false));
  return {};
}

Result<http::Response> DemoVisitors::Expect(int status, std::string_view method,
                                            const std::string& target, bool robot) {
  ADTALLY_ASSIGN(
      auto response,
      edge_->Send(method, target, {{"User-Agent", std::string(robot ? kRobot : kBrowser)}}));
  if (response.status != status) {
    return Unexpected(fmt::format("{} {} answered {} instead of {}: {}", method,
                                  target.substr(0, target.find('?')), response.status, status,
                                  response.body.substr(0, 300)));
  }
  return response;
}

}  // namespace adtally
