#include <gtest/gtest.h>

#include "edge/edge_test_support.h"

namespace adtally {

FakeLog::FakeLog(uint32_t partitions, Mode mode) : partitions_(partitions), mode_(mode) {
  thread_ = std::thread([this] { RunThread(); });
}

FakeLog::~FakeLog() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  filled_.notify_all();
  thread_.join();
}

void FakeLog::set_mode(Mode mode) {
  std::lock_guard lock(mutex_);
  mode_ = mode;
}

void FakeLog::FailWith(Error error) {
  std::lock_guard lock(mutex_);
  error_ = std::move(error);
}

void FakeLog::Recover() {
  std::lock_guard lock(mutex_);
  error_.reset();
}

void FakeLog::AppendAsync(std::vector<Append> records, Done done) {
  Held held{std::move(records), std::move(done)};
  {
    std::lock_guard lock(mutex_);
    ++appends_;
    if (mode_ != Mode::kAtOnce) {
      held_.push_back(std::move(held));
      filled_.notify_one();
      return;
    }
  }
  Finish(std::move(held));
}

void FakeLog::Finish(Held held) {
  std::optional<Error> error;
  {
    std::lock_guard lock(mutex_);
    error = error_;
    if (!error) {
      for (Append& record : held.records) records_.push_back(std::move(record));
    }
  }
  held.done(error ? Result<void>(*error) : Result<void>());
}

int FakeLog::Release() {
  std::deque<Held> held;
  {
    std::lock_guard lock(mutex_);
    held.swap(held_);
  }
  const int released = static_cast<int>(held.size());
  for (Held& each : held) Finish(std::move(each));
  return released;
}

int FakeLog::held() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(held_.size());
}

void FakeLog::RunThread() {
  std::unique_lock lock(mutex_);
  while (true) {
    filled_.wait(lock, [&] { return closed_ || (mode_ == Mode::kThread && !held_.empty()); });
    if (closed_) return;
    Held held = std::move(held_.front());
    held_.pop_front();
    lock.unlock();
    Finish(std::move(held));
    lock.lock();
  }
}

int FakeLog::appends() const {
  std::lock_guard lock(mutex_);
  return appends_;
}

std::vector<EventLog::Append> FakeLog::records() const {
  std::lock_guard lock(mutex_);
  return records_;
}

std::vector<LoggedEvent> FakeLog::Events() const {
  std::vector<LoggedEvent> events;
  for (const Append& record : records()) {
    EventBatchReader reader(record.payload);
    Event event;
    EventField bad = EventField::kNone;
    while (reader.Next(event, bad)) {
      EXPECT_EQ(bad, EventField::kNone) << EventFieldName(bad);
      LoggedEvent logged{record.partition.value, std::string(event.event_id),
                         std::string(event.order_id), event};
      logged.event.event_id = logged.event.order_id = logged.event.click_id = {};
      events.push_back(std::move(logged));
    }
  }
  return events;
}

std::optional<std::string> FakePages::Find(uint32_t creative_id) const {
  const auto found = pages.find(creative_id);
  return found == pages.end() ? std::nullopt : std::optional(found->second);
}

std::optional<http::Principal> FakeKeys::Authenticate(std::string_view key) const {
  if (key == "ingest") return http::Principal{http::Role::kIngest, 0, "1"};
  if (key == "admin") return http::Principal{http::Role::kAdmin, 0, "2"};
  if (key == "reader") return http::Principal{http::Role::kAdvertiser, 1, "3"};
  return std::nullopt;
}

void RecordingLogger::Log(LogLevel, std::string_view message) {
  std::lock_guard lock(mutex_);
  lines_.emplace_back(message);
}

std::vector<std::string> RecordingLogger::lines() const {
  std::lock_guard lock(mutex_);
  return lines_;
}

std::unique_ptr<TokenSigner> TestSigner(std::string_view secret) {
  return std::move(TokenSigner::Create({{{1, std::string(secret)}}, 1})).value();
}

namespace {

struct OwnedRequest {
  std::string method, target, body, remote_address;
  Headers headers;
  std::promise<http::Response> answer;
};

}  // namespace

std::future<http::Response> CallAsync(const http::Handler& handler, std::string method,
                                      std::string target, Headers headers, std::string body,
                                      std::string remote_address) {
  auto owned = std::make_shared<OwnedRequest>(OwnedRequest{std::move(method),
                                                           std::move(target),
                                                           std::move(body),
                                                           std::move(remote_address),
                                                           std::move(headers),
                                                           {}});
  std::future<http::Response> answer = owned->answer.get_future();
  http::Request request;
  const std::string_view target_view = owned->target;
  const size_t mark = target_view.find('?');
  request.method = owned->method;
  request.path = target_view.substr(0, mark);
  if (mark != std::string_view::npos) request.query = target_view.substr(mark + 1);
  request.body = owned->body;
  for (const auto& [name, value] : owned->headers) request.headers.emplace_back(name, value);
  request.remote_address = owned->remote_address;
  handler(request, [owned = std::move(owned)](http::Response response) {
    owned->answer.set_value(std::move(response));
    owned->body.assign(owned->body.size(), '!');  // whoever reads it after the answer will notice
  });
  return answer;
}

TestEdge::TestEdge(EdgeOptions options, FakeLog::Mode mode) : log(4, mode) {
  if (options.public_url.empty()) options.public_url = "https://t.example.com";
  auto created = Edge::Create(std::move(options), log, *signer, keys, pages, clock, logger);
  edge = std::move(created).value();
  handler = edge->handler();
}

std::future<http::Response> TestEdge::Start(std::string method, std::string target, Headers headers,
                                            std::string body) {
  return CallAsync(handler, std::move(method), std::move(target), std::move(headers),
                   std::move(body));
}

http::Response TestEdge::Call(std::string method, std::string target, Headers headers,
                              std::string body) {
  return Start(std::move(method), std::move(target), std::move(headers), std::move(body)).get();
}

http::Response TestEdge::Ingest(std::string body, std::string content_type) {
  return Call("POST", "/v1/events",
              {{"Authorization", "Bearer ingest"}, {"Content-Type", std::move(content_type)}},
              std::move(body));
}

TokenClaims TestLink(std::string impression_id) {
  TokenClaims link;
  link.kind = TokenClaims::Kind::kLink;
  link.impression_id = std::move(impression_id);
  link.dimensions = {1, 7, 70, 700, Device::kOther, {}, {}};
  link.click_cost_micros = 250'000;
  link.impression_cost_micros = 1'500;
  link.time = EventTime(TestEdge::kNowMs - kMillisPerMinute);
  link.expires_ms = TestEdge::kNowMs + kMillisPerHour;
  link.landing_url = "https://shop.example/page";
  return link;
}

TokenClaims TestClick(std::string impression_id) {
  TokenClaims click = TestLink(std::move(impression_id));
  click.kind = TokenClaims::Kind::kClick;
  click.landing_url.clear();
  click.dimensions.device = Device::kMobile;
  click.dimensions.country = *ParseCountry("DE");
  return click;
}

std::string EventLine(std::string_view event_id, int64_t time_ms, std::string_view more_fields) {
  std::string line =
      "{\"event_id\":\"" + std::string(event_id) +
      "\",\"type\":\"click\",\"timestamp\":" + std::to_string(time_ms) +
      ",\"advertiser_id\":1,\"campaign_id\":7,\"ad_group_id\":70,\"creative_id\":700,\"device\":"
      "\"mobile\",\"country\":\"US\",\"region\":\"CA\",\"cost_micros\":250000";
  return line.append(more_fields).append("}");
}

}  // namespace adtally
