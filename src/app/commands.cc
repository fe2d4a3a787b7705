#include "app/commands.h"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "app/command_support.h"
#include "app/config.h"

namespace adtally {

void AddConfigCommand(CLI::App& app, CommandContext& context) {
  auto path = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("config", "Print every option with its unit, default and meaning");
  command->add_option("--check", *path,
                      "TOML file to read instead, with the environment on top of it as every "
                      "process does; says what is wrong");
  command->callback([path, &context] {
    if (path->empty()) {
      fmt::print("{}", DescribeConfig());
      return;
    }
    const auto config = LoadConfig(*path, context.environment);
    if (!config.ok()) context.exit_code = Fail(config.error());
  });
}

int RunCommand(int argc, char** argv, char** environment) {
  CLI::App app("adtally counts ad impressions, clicks and conversions exactly once");
  app.require_subcommand(1);
  app.set_version_flag("--version", ADTALLY_VERSION);
  CommandContext context;
  context.environment = environment;
  AddServeCommand(app, context);
  AddDemoCommand(app, context);
  AddGenerateCommand(app, context);
  AddConfigCommand(app, context);
  AddKeysCommand(app, context);
  AddCatalogCommand(app, context);
  AddLinksCommand(app, context);
  AddStoreCommand(app, context);
  AddSchemaCommand(app, context);
  AddArchiveCommand(app, context);
  AddRollupCommand(app, context);
  AddStorageCommand(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitWrongUse;
  }
  return context.exit_code;
}

}  // namespace adtally
