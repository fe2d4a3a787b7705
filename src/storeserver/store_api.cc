#include "storeserver/store_api.h"

#include <fmt/format.h>
#include <unistd.h>

#include <random>
#include <utility>

#include "base/ascii.h"
#include "base/worker_pool.h"
#include "http/content_encoder.h"
#include "storeserver/client_request.h"
#include "storeserver/exception.h"

namespace adtally {
namespace {

// Compressing less does not save a packet.
constexpr size_t kMinCompressedBytes = 1 << 10;

// What the server says of itself.
struct Identity {
  std::string name;
  std::string version;
  std::string time_zone;
};

Result<Identity> AskIdentity(SqlEngine& engine) {
  ADTALLY_ASSIGN(const std::string answer,
                 engine.Query("SELECT version(), timezone()", {}, "TSVRaw"));
  Identity identity;
  const size_t tab = answer.find('\t');
  if (tab == std::string::npos || !answer.ends_with('\n')) {
    return Error{ErrorCode::kInternal, "the engine does not say its version"};
  }
  identity.version = answer.substr(0, tab);
  identity.time_zone = answer.substr(tab + 1, answer.size() - tab - 2);
  char host[256] = {};
  identity.name = ::gethostname(host, sizeof(host) - 1) == 0 ? host : "adtally";
  return identity;
}

std::string RandomQueryId() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  const uint64_t high = (random() & ~uint64_t{0xf000}) | 0x4000;
  const uint64_t low = (random() >> 2) | (uint64_t{1} << 63);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffff'ffff'ffff);
}

std::string_view ContentTypeOf(std::string_view format) {
  const auto begins = [&](std::string_view prefix) { return StartsWithIgnoreCase(format, prefix); };
  if (begins("TabSeparated") || begins("TSV")) return "text/tab-separated-values; charset=UTF-8";
  if (begins("CSVWith")) return "text/csv; charset=UTF-8; header=present";
  if (begins("CSV")) return "text/csv; charset=UTF-8; header=absent";
  if (EqualsIgnoreCase(format, "JSONEachRow")) return "application/x-ndjson; charset=UTF-8";
  if (begins("JSON")) return "application/json; charset=UTF-8";
  if (begins("RowBinary") || begins("Native") || begins("Parquet") || begins("Arrow") ||
      begins("ORC") || begins("Avro") || begins("RawBLOB")) {
    return "application/octet-stream";
  }
  return "text/plain; charset=UTF-8";
}

std::string Summary(const SqlOutcome& outcome, int64_t elapsed_us) {
  return fmt::format(
      "{{\"read_rows\":\"{}\",\"read_bytes\":\"{}\",\"written_rows\":\"{}\",\"written_bytes\":\"{}"
      "\","
      "\"total_rows_to_read\":\"0\",\"result_rows\":\"{}\",\"result_bytes\":\"{}\","
      "\"elapsed_ns\":\"{}\"}}",
      outcome.read_rows, outcome.read_bytes, outcome.written_rows, outcome.written_bytes,
      outcome.result_rows, outcome.output.size(), elapsed_us * 1000);
}

http::Response Text(std::string body, int status = 200) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers.emplace_back("Content-Type", "text/plain; charset=UTF-8");
  return response;
}

}  // namespace

struct StoreApi::Impl {
  Impl(StoreApiOptions given, Identity known, SqlEngine& given_engine, const Clock& given_clock)
      : options(std::move(given)),
        identity(std::move(known)),
        engine(given_engine),
        clock(given_clock),
        pool(options.workers, options.max_waiting) {}

  const StoreApiOptions options;
  const Identity identity;
  SqlEngine& engine;
  const Clock& clock;
  WorkerPool pool;

  void Handle(const http::Request& request, http::Responder respond);
  Result<const StoreUser*> Authenticate(const http::Request& request,
                                        const UrlParameters& parameters,
                                        http::Response& refusal) const;
  http::Response Run(const http::Request& request, const UrlParameters& parameters,
                     const StoreUser& user);
  http::Response Exception(int code, std::string_view message) const;
  http::Response AnswerOf(const ClientRequest& client, SqlOutcome outcome,
                          int64_t elapsed_us) const;
  static void Compress(const http::Request& request, http::Response& response);
};

http::Response StoreApi::Impl::Exception(int code, std::string_view message) const {
  http::Response response = ExceptionResponse(code, message, identity.version);
  response.headers.emplace_back("X-ClickHouse-Server-Display-Name", identity.name);
  return response;
}

// The user, or null and why not.
Result<const StoreUser*> StoreApi::Impl::Authenticate(const http::Request& request,
                                                      const UrlParameters& parameters,
                                                      http::Response& refusal) const {
  const StoreUser* nobody = nullptr;
  auto credentials = ReadCredentials(request, parameters);
  if (!credentials.ok()) {
    refusal = Exception(exception_code::kAuthenticationFailed,
                        credentials.error().message + " (AUTHENTICATION_FAILED)");
    return nobody;
  }
  if (!*credentials) {
    refusal = Exception(exception_code::kRequiredPassword,
                        "This server needs a user and a password. (REQUIRED_PASSWORD)");
    return nobody;
  }
  const StoreUser* user = FindUser(options.users, **credentials);
  if (user == nullptr) {
    refusal = Exception(exception_code::kAuthenticationFailed,
                        (*credentials)->user +
                            ": Authentication failed: password is incorrect, or there is no user "
                            "with such name. (AUTHENTICATION_FAILED)");
  }
  return user;
}

void StoreApi::Impl::Handle(const http::Request& request, http::Responder respond) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!reads && request.method != "POST") return respond(http::MethodNotAllowed("GET, HEAD, POST"));
  if (request.path == "/ping" || request.path == "/replicas_status") return respond(Text("Ok.\n"));
  if (request.path != "/") {
    return respond(Text(
        "There is no handle " + std::string(request.path) + "\nUse / or /ping for health checks.\n",
        404));
  }
  if (reads && request.query.empty() && request.body.empty()) return respond(Text("Ok.\n"));
  auto parameters = std::make_shared<const UrlParameters>(http::ParseQuery(request.query));
  http::Response refusal;
  const auto user = Authenticate(request, *parameters, refusal);
  if (!user.ok() || *user == nullptr) return respond(std::move(refusal));
  // The request's views live until the responder is called.
  const bool taken = pool.TryPost([this, request, parameters, who = *user, respond] {
    respond(Run(request, *parameters, *who));
  });
  if (!taken) {
    respond(
        Exception(exception_code::kTooManyQueries,
                  "Too many simultaneous queries. Maximum: " +
                      std::to_string(static_cast<size_t>(options.workers) + options.max_waiting) +
                      " (TOO_MANY_SIMULTANEOUS_QUERIES)"));
  }
}

http::Response StoreApi::Impl::Run(const http::Request& request, const UrlParameters& parameters,
                                   const StoreUser& user) {
  ClientRequest client;
  if (auto error =
          ReadClientRequest(request, parameters, options.database, user.read_only, client)) {
    return Exception(error->code, error->message);
  }
  const int64_t begin_us = clock.MonotonicMicros();
  SqlOutcome outcome = engine.Execute(client.sql);
  const int64_t elapsed_us = clock.MonotonicMicros() - begin_us;
  http::Response response = AnswerOf(client, std::move(outcome), elapsed_us);
  if (client.compress_answer) Compress(request, response);
  return response;
}

http::Response StoreApi::Impl::AnswerOf(const ClientRequest& client, SqlOutcome outcome,
                                        int64_t elapsed_us) const {
  http::Response response;
  if (outcome.exception_code != 0) {
    response = Exception(outcome.exception_code, ExceptionSentence(outcome.exception));
  } else {
    response.headers.emplace_back("X-ClickHouse-Server-Display-Name", identity.name);
    response.headers.emplace_back("Content-Type", ContentTypeOf(client.shown_format));
    if (!client.shown_format.empty()) {
      response.headers.emplace_back("X-ClickHouse-Format", client.shown_format);
    }
  }
  response.headers.emplace_back("X-ClickHouse-Query-Id",
                                client.query_id.empty() ? RandomQueryId() : client.query_id);
  response.headers.emplace_back("X-ClickHouse-Timezone",
                                client.time_zone.empty() ? identity.time_zone : client.time_zone);
  response.headers.emplace_back("X-ClickHouse-Summary", Summary(outcome, elapsed_us));
  if (outcome.exception_code == 0) response.body = std::move(outcome.output);
  return response;
}

void StoreApi::Impl::Compress(const http::Request& request, http::Response& response) {
  if (response.body.size() < kMinCompressedBytes) return;
  const auto coding = http::ChooseContentCoding(request.Header("Accept-Encoding"));
  if (coding == http::ContentCoding::kIdentity) return;
  auto packed = http::EncodeContent(coding, response.body);
  if (!packed.ok()) return;  // as it is will do
  response.body = *std::move(packed);
  response.headers.emplace_back("Content-Encoding", http::ContentCodingName(coding));
  response.headers.emplace_back("Vary", "Accept-Encoding");
}

StoreApi::StoreApi(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StoreApi::~StoreApi() = default;

Result<std::unique_ptr<StoreApi>> StoreApi::Create(StoreApiOptions options, SqlEngine& engine,
                                                   const Clock& clock) {
  ADTALLY_ASSIGN(Identity identity, AskIdentity(engine));
  return std::unique_ptr<StoreApi>(
      new StoreApi(std::make_unique<Impl>(std::move(options), std::move(identity), engine, clock)));
}

http::Handler StoreApi::handler() {
  return [impl = impl_.get()](const http::Request& request, http::Responder respond) {
    impl->Handle(request, std::move(respond));
  };
}

}  // namespace adtally
