#include "reporting/live_reports.h"

#include <algorithm>
#include <chrono>
#include <list>
#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "base/rfc3339.h"
#include "http/body_pipe.h"
#include "reporting/call_answers.h"
#include "reporting/parameters.h"
#include "reporting/report.h"
#include "reporting/report_request.h"
#include "reporting/server_sent_event.h"

namespace adtally {
namespace {

constexpr std::string_view kCall = "GET /v1/report/live";
constexpr int kQueryThreads = 2;
constexpr int kReconnectMs = 3000;
constexpr int kPauses = 5;                        // times as long as a query took
constexpr int64_t kFreshnessEveryUs = 5'000'000;  // when nothing else is to be sent
constexpr int64_t kMicrosPerMilli = 1000;

Result<ReportRequest> ReadRequest(const http::Request& request, const TimeZones& zones) {
  ADTALLY_ASSIGN(ReportRequest report, ParseReportRequest(request.query, zones));
  if (report.format != ReportFormat::kJson) {
    return Error{ErrorCode::kInvalidArgument,
                 "format: live reports are json; leave it out, or ask for the file by GET "
                 "/v1/report"};
  }
  if (report.after) {
    return Error{ErrorCode::kInvalidArgument,
                 "page_token: a live report shows its first rows; ask for the next page by GET "
                 "/v1/report"};
  }
  report.limit = report.limit.value_or(kMaxLiveRows);
  if (*report.limit > kMaxLiveRows) {
    return BadParameter("limit",
                        "a number from 1 to " + std::to_string(kMaxLiveRows) + " for a live report",
                        std::to_string(*report.limit));
  }
  return report;
}

std::string FreshnessJson(std::optional<int64_t> complete_to_ms) {
  JsonWriter json;
  json.BeginObject();
  json.Key("complete_to");
  complete_to_ms ? json.String(FormatRfc3339Millis(*complete_to_ms)) : json.Null();
  json.EndObject();
  return json.Take();
}

}  // namespace

// What is known of a report.
struct LiveReports::Snapshot {
  std::string version;  // changes with the numbers; "" before the first answer
  std::string event;    // with them
  std::optional<int64_t> complete_to_ms;
  std::string problem;  // why it cannot be asked for now; "" when it can
};

struct LiveReports::Subscriber {
  http::BodyWriter writer;
  StreamSlots::Slot slot;
  std::string key_id;
  std::optional<int64_t> session_expires_s;
  std::string version;  // what it was sent last, likewise the next two
  std::optional<int64_t> complete_to_ms;
  bool told_problem = false;
  int64_t sent_us = 0;  // something
};

struct LiveReports::Topic {
  Topic(std::string named, ReportRequest asked, Scope whose)
      : name(std::move(named)), request(std::move(asked)), scope(whose) {}

  const std::string name;  // in topics_
  const ReportRequest request;
  const Scope scope;
  Snapshot snapshot;
  bool running = false;
  int64_t next_us = 0;  // not asked for before
  std::list<Subscriber> subscribers;
};

LiveReports::LiveReports(const ApiContext& context, const LiveReportOptions& options)
    : context_(context),
      options_(options),
      slots_(options.limits, "live reports", "api.live_reports_per_key"),
      pool_(kQueryThreads, static_cast<size_t>(options.limits.total)) {
  thread_ = std::thread([this] { Run(); });
}

LiveReports::~LiveReports() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

void LiveReports::Answer(const http::Request& request, const Admission& admission,
                         const http::Responder& respond) {
  const auto refuse = [&](http::Response refusal) {
    refusal.headers.insert(refusal.headers.end(), admission.headers.begin(),
                           admission.headers.end());
    respond(std::move(refusal));
  };
  auto slot = slots_.Take(admission.caller->key_id);
  if (!slot.ok()) return refuse(http::Problem(slot.error()));
  const auto topic = FindTopic(request, *admission.caller);
  if (!topic.ok()) return refuse(FailedReport(context_.logger, kCall, topic.error()));
  Subscribe(*topic, admission, std::move(slot).value(), request, respond);
}

// The topic with a first answer: a report that cannot be answered is refused, as it would be
// without a stream.
Result<LiveReports::TopicPtr> LiveReports::FindTopic(const http::Request& request,
                                                     const http::Principal& caller) {
  const Scope scope = ScopeOf(caller);
  std::string name = (scope ? std::to_string(*scope) : "all") + ' ' + std::string(request.query);
  {
    std::lock_guard lock(mutex_);
    const auto found = topics_.find(name);
    if (found != topics_.end() && found->second->snapshot.problem.empty()) return found->second;
  }
  ADTALLY_ASSIGN(ReportRequest report, ReadRequest(request, context_.zones));
  auto topic = std::make_shared<Topic>(std::move(name), std::move(report), scope);
  const auto complete_to_ms = CompleteToMs(context_.freshness.Read());
  ADTALLY_ASSIGN(const ReportAnswer answer,
                 RunReport({context_.store, context_.tiers, context_.archive}, topic->request,
                           scope, complete_to_ms));
  topic->snapshot.version = answer.version;
  topic->snapshot.event = ServerSentEvent("report", answer.version, answer.body);
  topic->snapshot.complete_to_ms = complete_to_ms;
  return topic;
}

void LiveReports::Subscribe(const TopicPtr& topic, const Admission& admission,
                            StreamSlots::Slot slot, const http::Request& request,
                            const http::Responder& respond) {
  http::BodyPipe pipe = http::BodyPipe::Create(/*endless=*/true);
  Subscriber subscriber{std::move(pipe.writer), std::move(slot), admission.caller->key_id,
                        admission.session_expires_s,
                        // A client that was cut off says what it has.
                        std::string(request.Header("Last-Event-ID")), std::nullopt, false, 0};
  http::Response response;
  response.headers = {{"Content-Type", "text/event-stream"},
                      {"Cache-Control", "no-store"},
                      {"X-Accel-Buffering", "no"}};  // proxies pass events on at once
  response.headers.insert(response.headers.end(), admission.headers.begin(),
                          admission.headers.end());
  response.stream = std::move(pipe.reader);
  respond(std::move(response));

  std::lock_guard lock(mutex_);
  // The one that was found may have lost its last stream since, and another may have begun one.
  Topic& current = *topics_.try_emplace(topic->name, topic).first->second;
  const Snapshot& now = current.snapshot;
  std::string first = ReconnectAfter(kReconnectMs);
  if (subscriber.version != now.version) first += now.event;
  first += ServerSentEvent("freshness", "", FreshnessJson(now.complete_to_ms));
  subscriber.version = now.version;
  subscriber.complete_to_ms = now.complete_to_ms;
  subscriber.sent_us = SystemClock().MonotonicMicros();
  if (subscriber.writer.TryWrite(first)) current.subscribers.push_back(std::move(subscriber));
}

void LiveReports::Run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    Check(SystemClock().MonotonicMicros());
    stopped_.wait_for(lock, std::chrono::milliseconds(options_.check_ms), [&] { return stop_; });
  }
}

// With the lock.
void LiveReports::Check(int64_t now_us) {
  for (auto at = topics_.begin(); at != topics_.end();) {
    const TopicPtr topic = at->second;
    topic->subscribers.remove_if([&](Subscriber& each) {
      const bool ended = HasEnded(each);
      if (ended) each.writer.Finish();
      if (ended || each.writer.ReaderLeft()) return true;
      Send(*topic, each, now_us);
      return false;
    });
    if (topic->subscribers.empty()) {
      at = topics_.erase(at);
      continue;
    }
    ++at;
    if (topic->running || now_us < topic->next_us) continue;
    topic->running = pool_.TryPost([this, topic] { Ask(*topic); });
  }
}

bool LiveReports::HasEnded(const Subscriber& subscriber) const {
  if (subscriber.session_expires_s &&
      options_.clock->NowMs() / 1000 >= *subscriber.session_expires_s) {
    return true;
  }
  return !context_.keys.Find(subscriber.key_id);
}

// With the lock. What cannot be written now, because the client has not read what it was sent, is
// tried again with the next check.
void LiveReports::Send(const Topic& topic, Subscriber& subscriber, int64_t now_us) const {
  const Snapshot& now = topic.snapshot;
  std::string text;
  if (!now.problem.empty() && !subscriber.told_problem) {
    text += ServerSentEvent("problem", "", now.problem);
  }
  if (subscriber.version != now.version) {
    text += now.event;
  } else if (subscriber.complete_to_ms != now.complete_to_ms &&
             now_us - subscriber.sent_us >= kFreshnessEveryUs) {
    text += ServerSentEvent("freshness", "", FreshnessJson(now.complete_to_ms));
  } else if (now_us - subscriber.sent_us >= options_.heartbeat_ms * kMicrosPerMilli) {
    text += kHeartbeat;
  }
  if (text.empty()) {
    subscriber.told_problem = !now.problem.empty();
    return;
  }
  if (!subscriber.writer.TryWrite(text)) return;
  subscriber.told_problem = !now.problem.empty();
  subscriber.version = now.version;
  subscriber.complete_to_ms = now.complete_to_ms;
  subscriber.sent_us = now_us;
}

// On a thread of the pool.
void LiveReports::Ask(Topic& topic) {
  {
    std::lock_guard lock(mutex_);
    if (stop_) return;
  }
  const int64_t begin_us = SystemClock().MonotonicMicros();
  const auto complete_to_ms = CompleteToMs(context_.freshness.Read());
  const auto answer = RunReport({context_.store, context_.tiers, context_.archive}, topic.request,
                                topic.scope, complete_to_ms);
  const std::string problem =
      answer.ok() ? "" : FailedReport(context_.logger, kCall, answer.error()).body;
  const int64_t end_us = SystemClock().MonotonicMicros();

  std::lock_guard lock(mutex_);
  topic.running = false;
  topic.next_us = std::max(begin_us + options_.check_ms * kMicrosPerMilli,
                           end_us + kPauses * (end_us - begin_us));
  topic.snapshot.problem = problem;
  if (!answer.ok()) return;
  topic.snapshot.complete_to_ms = complete_to_ms;
  if (topic.snapshot.version != answer->version) {
    topic.snapshot.version = answer->version;
    topic.snapshot.event = ServerSentEvent("report", answer->version, answer->body);
  }
  for (Subscriber& each : topic.subscribers) Send(topic, each, end_us);
}

}  // namespace adtally
