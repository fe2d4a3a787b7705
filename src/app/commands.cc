#include "app/commands.h"

#include <fmt/format.h>

#include "app/command_support.h"
#include "app/config.h"

namespace adtally {

void AddConfigCommand(CLI::App& app, CommandContext&) {
  CLI::App* command =
      app.add_subcommand("config", "Print every option with its unit, default and meaning");
  command->callback([] { fmt::print("{}", DescribeConfig()); });
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
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitWrongUse;
  }
  return context.exit_code;
}

}  // namespace adtally
