#include "reporting/session_calls.h"

#include <simdjson.h>

#include "base/json_writer.h"
#include "base/rfc3339.h"
#include "http/forwarded.h"
#include "reporting/api_key_store.h"
#include "reporting/json_fields.h"
#include "reporting/parameters.h"
#include "reporting/rate_limit_headers.h"

namespace adtally {
namespace {

using http::Role;

constexpr size_t kMaxKeyBytes = 512;
constexpr size_t kMaxSignInBytes = 4096;  // parsed before anybody is known

Result<void> ExpectNoParameters(const http::Request& request) {
  ADTALLY_TRY(Parameters::Parse(request.query, {}));
  return {};
}

std::string RenderSession(const KnownKey& key, std::optional<int64_t> expires_s) {
  JsonWriter json;
  json.BeginObject();
  json.Key("key_id");
  json.String(key.principal.key_id);
  json.Key("role");
  json.String(RoleName(key.principal.role));
  json.Key("advertiser_id");
  key.principal.advertiser_id == 0 ? json.Null() : json.UInt(key.principal.advertiser_id);
  json.Key("label");
  json.String(key.label);
  json.Key("expires_at");
  expires_s ? json.String(FormatRfc3339(*expires_s, std::nullopt)) : json.Null();
  json.EndObject();
  return json.Take();
}

void AddHeaders(std::vector<std::pair<std::string, std::string>> headers,
                http::Response& response) {
  for (auto& header : headers) response.headers.push_back(std::move(header));
}

}  // namespace

SessionCalls::SessionCalls(const AccessOptions& options, Access& access, const Sessions& sessions,
                           const ApiKeys& keys)
    : options_(options),
      access_(access),
      sessions_(sessions),
      keys_(keys),
      sign_ins_(options.sign_ins_per_address, *options.clock) {}

// Whom attempts to sign in are counted for. An IPv6 network of 64 bits is one customer's.
std::string SessionCalls::AddressOf(const http::Request& request) const {
  const auto address = http::ClientAddress(request, options_.trusted_proxies);
  if (!address) return "unknown";
  const auto* bytes = reinterpret_cast<const char*>(address->bytes.data());
  return {bytes, address->is_v4() ? address->bytes.size() : address->bytes.size() / 2};
}

Result<KnownKey> SessionCalls::CheckSignIn(const http::Request& request) const {
  ADTALLY_TRY(ExpectNoParameters(request));
  if (request.body.size() > kMaxSignInBytes) {
    return Error{ErrorCode::kInvalidArgument, "body: expected {\"key\":\"…\"}, got far more"};
  }
  simdjson::dom::parser parser;
  ADTALLY_ASSIGN(const simdjson::dom::element document, ParseJson(parser, request.body));
  JsonFields fields(document, "", {"key"});
  const std::string key = fields.Text("key", kMaxKeyBytes);
  if (fields.error()) return *fields.error();
  const auto principal = keys_.Authenticate(key);
  auto known = principal ? keys_.Find(principal->key_id) : std::nullopt;
  if (!known) return Error{ErrorCode::kUnauthenticated, "the API key is unknown or revoked"};
  ADTALLY_TRY(CheckRole(known->principal, {Role::kAdmin, Role::kAdvertiser}));
  return *std::move(known);
}

http::Response SessionCalls::Post(const http::Request& request) {
  // Without the proof another site could sign its visitor in with a key of its own.
  if (auto own = access_.CheckPage(request); !own.ok()) return http::Problem(own.error());
  const std::string address = AddressOf(request);
  const RateVerdict verdict = sign_ins_.Take(address);
  if (!verdict.allowed) {
    return TooManyRequests("sign-in", sign_ins_.policy(), verdict,
                           "too many attempts to sign in failed from this address; wait as "
                           "Retry-After says");
  }
  const auto key = CheckSignIn(request);
  if (!key.ok()) return http::Problem(key.error());
  sign_ins_.GiveBack(address);
  http::Response cookie;
  const SignIn sign_in = sessions_.Begin(*key, request, cookie);
  http::Response response = http::Json(RenderSession(sign_in.key, sign_in.expires_s));
  AddHeaders(std::move(cookie.headers), response);
  return response;
}

http::Response SessionCalls::Delete(const http::Request& request) {
  if (auto own = access_.CheckPage(request); !own.ok()) return http::Problem(own.error());
  if (auto none = ExpectNoParameters(request); !none.ok()) return http::Problem(none.error());
  http::Response response;
  response.status = 204;
  sessions_.End(request, response);
  return response;
}

http::Response SessionCalls::Get(const http::Request& request) {
  Admission admission = access_.Admit(request, {Role::kAdmin, Role::kAdvertiser, Role::kIngest});
  if (!admission.caller) return std::move(admission.refusal);
  if (auto none = ExpectNoParameters(request); !none.ok()) return http::Problem(none.error());
  const auto key = keys_.Find(admission.caller->key_id);
  if (!key) return http::Problem(401, "the API key is unknown or revoked");
  http::Response response = http::Json(RenderSession(*key, admission.session_expires_s));
  AddHeaders(std::move(admission.headers), response);
  return response;
}

}  // namespace adtally
