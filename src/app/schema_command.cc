#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "app/command_support.h"
#include "app/config.h"
#include "store/clickhouse_store.h"
#include "store/migrations.h"

namespace adtally {
namespace {

struct SchemaOptions {
  std::string cluster;
  std::string database = Config().store_database;
};

Result<void> PrintSchema(const SchemaOptions& options) {
  ADTALLY_ASSIGN(const std::vector<std::string> statements,
                 ClusterSchemaStatements(options.cluster));
  for (const std::string& statement : statements) {
    fmt::print("{};\n\n", InDatabase(statement, options.database));
  }
  return {};
}

}  // namespace

void AddSchemaCommand(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<SchemaOptions>();
  CLI::App* command = app.add_subcommand(
      "schema",
      "Print the statements that make the tables in a ClickHouse cluster; running them again makes "
      "what is missing, on a host that was added");
  command->add_option("--cluster", options->cluster, "store.cluster")->required();
  command->add_option("--database", options->database, "store.database")->capture_default_str();
  command->callback([options, &context] {
    const auto printed = PrintSchema(*options);
    if (!printed.ok()) context.exit_code = Fail(printed.error());
  });
}

}  // namespace adtally
