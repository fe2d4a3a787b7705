#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "app/api_client.h"
#include "app/command_support.h"
#include "app/config.h"
#include "base/json_writer.h"
#include "http/client.h"

namespace adtally {
namespace {

void AddTarget(CLI::App& command, ApiTarget& target, const std::string& option,
               const std::string& what, const std::string& origin) {
  target.origin = origin;
  command.add_option(option, target.origin, "address of the " + what)->capture_default_str();
  command.add_option("--key", target.key, "API key; by default the one in DATA/admin.key");
  command.add_option("--data", target.data_dir, "the server's data folder, for its admin.key")
      ->capture_default_str();
}

// Makes the call and prints the answer.
Result<void> Call(const ApiTarget& target, std::string_view method, std::string_view path,
                  std::string_view body = {}) {
  ADTALLY_ASSIGN(const std::string answer, CallApi(target, method, path, body));
  if (!answer.empty()) fmt::print("{}\n", answer);
  return {};
}

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Error{ErrorCode::kNotFound, path + ": cannot be read"};
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

template <class Run>
void OnCall(CLI::App* command, CommandContext& context, Run run) {
  command->callback([run, &context] {
    const Result<void> done = run();
    if (!done.ok()) context.exit_code = Fail(done.error());
  });
}

std::string ApiOrigin() {
  return "http://" + Config().api_listen;
}

struct NewKey {
  std::string role;
  uint32_t advertiser_id = 0;
  std::string label;
};

std::string KeyJson(const NewKey& key) {
  JsonWriter json;
  json.BeginObject();
  json.Key("role");
  json.String(key.role);
  if (key.advertiser_id != 0) {
    json.Key("advertiser_id");
    json.UInt(key.advertiser_id);
  }
  if (!key.label.empty()) {
    json.Key("label");
    json.String(key.label);
  }
  json.EndObject();
  return json.Take();
}

}  // namespace

void AddKeysCommand(CLI::App& app, CommandContext& context) {
  CLI::App* keys = app.add_subcommand("keys", "Make, list and revoke API keys of a running server");
  keys->require_subcommand(1);
  auto target = std::make_shared<ApiTarget>();
  AddTarget(*keys, *target, "--api", "API", ApiOrigin());

  auto key = std::make_shared<NewKey>();
  CLI::App* create = keys->add_subcommand("create", "Make a key; it is shown once");
  create->add_option("--role", key->role, "admin, advertiser or ingest")
      ->required()
      ->check(CLI::IsMember({"admin", "advertiser", "ingest"}));
  create->add_option("--advertiser-id", key->advertiser_id,
                     "whose numbers it may see, for role advertiser");
  create->add_option("--label", key->label, "what it is for");
  OnCall(create, context,
         [target, key] { return Call(*target, "POST", "/v1/keys", KeyJson(*key)); });

  OnCall(keys->add_subcommand("list", "List the keys, without their secrets"), context,
         [target] { return Call(*target, "GET", "/v1/keys"); });

  auto id = std::make_shared<std::string>();
  CLI::App* revoke = keys->add_subcommand("revoke", "Revoke a key at once");
  revoke->add_option("id", *id, "the key's id, as listed")->required();
  OnCall(revoke, context,
         [target, id] { return Call(*target, "DELETE", "/v1/keys/" + http::UrlEncode(*id)); });
}

void AddCatalogCommand(CLI::App& app, CommandContext& context) {
  CLI::App* catalog =
      app.add_subcommand("catalog", "Read and write names and landing pages of a running server");
  catalog->require_subcommand(1);
  auto target = std::make_shared<ApiTarget>();
  AddTarget(*catalog, *target, "--api", "API", ApiOrigin());

  auto path = std::make_shared<std::string>();
  CLI::App* import = catalog->add_subcommand("import", "Add or replace what a JSON file lists");
  import->add_option("file", *path, "JSON as in POST /v1/catalog")->required();
  OnCall(import, context, [target, path]() -> Result<void> {
    ADTALLY_ASSIGN(const std::string body, ReadFile(*path));
    return Call(*target, "POST", "/v1/catalog", body);
  });
  OnCall(catalog->add_subcommand("export", "Print the catalog as JSON"), context,
         [target] { return Call(*target, "GET", "/v1/catalog"); });
}

void AddLinksCommand(CLI::App& app, CommandContext& context) {
  CLI::App* links =
      app.add_subcommand("links", "Make the tracking links of one impression at a running server");
  auto target = std::make_shared<ApiTarget>();
  AddTarget(*links, *target, "--edge", "edge", "http://" + Config().edge_listen);
  auto request = std::make_shared<std::string>();
  links->add_option("request", *request, "JSON as in POST /v1/links")->required();
  OnCall(links, context,
         [target, request] { return Call(*target, "POST", "/v1/links", *request); });
}

}  // namespace adtally
