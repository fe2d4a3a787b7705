#include "generator/batch_delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace adtally {
namespace {

constexpr int64_t kFirstBackoffMs = 20;
constexpr int64_t kMaxBackoffMs = 1000;
constexpr int64_t kMaxRetryAfterS = 3600;
constexpr size_t kShownBytes = 300;  // of an answer, in a message

bool WorthTryingAgain(int status) {
  return status == 408 || status == 429 || status >= 500;
}

// The whole seconds of a Retry-After header in ms; 0 when there is none (the date form is not used
// by edges).
int64_t RetryAfterMs(const http::Response& response) {
  const std::string_view value = response.Header("Retry-After");
  int64_t seconds = 0;
  std::from_chars(value.data(), value.data() + value.size(), seconds);
  return std::clamp<int64_t>(seconds, 0, kMaxRetryAfterS) * 1000;
}

// The number after "rejected": in the answer of POST /v1/events; 0 when there is none.
uint64_t RejectedCount(std::string_view body) {
  constexpr std::string_view kName = "\"rejected\":";
  size_t at = body.find(kName);
  if (at == std::string_view::npos) return 0;
  at = body.find_first_not_of(' ', at + kName.size());
  if (at == std::string_view::npos) return 0;
  uint64_t count = 0;
  std::from_chars(body.data() + at, body.data() + body.size(), count);
  return count;
}

std::string Describe(const http::Response& response) {
  return fmt::format("the target answered {}: {}", response.status,
                     response.body.substr(0, kShownBytes));
}

}  // namespace

Result<bool> BatchDelivery::Deliver(std::string_view body) {
  const int64_t give_up_at = clock_.MonotonicMicros() + int64_t{give_up_ms_} * 1000;
  int64_t backoff_ms = kFirstBackoffMs;
  for (int attempt = 1;; ++attempt) {
    Result<http::Response> answer = target_.Send(body);
    int64_t wait_ms = backoff_ms;
    std::string failure;
    if (!answer.ok()) {
      if (answer.error().code != ErrorCode::kUnavailable) return std::move(answer).error();
      failure = answer.error().message;
    } else if (answer->status / 100 == 2) {
      if (const uint64_t rejected = RejectedCount(answer->body); rejected > 0) {
        return Error{ErrorCode::kInvalidArgument,
                     fmt::format("the target rejected {} generated events: {}", rejected,
                                 answer->body.substr(0, kShownBytes))};
      }
      OnAccepted();
      return true;
    } else {
      failure = Describe(*answer);
      if (!WorthTryingAgain(answer->status)) return Error{ErrorCode::kInvalidArgument, failure};
      wait_ms = std::max(wait_ms, RetryAfterMs(*answer));
    }
    if (clock_.MonotonicMicros() + wait_ms * 1000 > give_up_at) {
      return Error{ErrorCode::kUnavailable,
                   fmt::format("gave up on a batch after {} attempts in {} s: {}", attempt,
                               give_up_ms_ / 1000, failure)};
    }
    OnFailure(failure);
    if (!wait_(wait_ms)) return false;
    backoff_ms = std::min(backoff_ms * 2, kMaxBackoffMs);
  }
}

void BatchDelivery::OnFailure(const std::string& what) {
  state_.retries.fetch_add(1, std::memory_order_relaxed);
  if (!state_.outage.exchange(true)) logger_.Warning(what + "; trying again until it is accepted");
}

void BatchDelivery::OnAccepted() {
  if (state_.outage.exchange(false)) logger_.Info("the target accepts events again");
}

}  // namespace adtally
