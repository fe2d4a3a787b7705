#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace adtally {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitWrongUse = 2;

// What a subcommand needs of the process, and where it leaves its exit code.
struct CommandContext {
  const char* const* environment = nullptr;
  int exit_code = kExitDone;
};

// Prints "adtally: message" to standard error and returns the exit code that fits the error.
int Fail(const Error& error);

// Each adds one subcommand, with its options and what runs it, to the command line. `context`
// outlives the parsing.
void AddServeCommand(CLI::App& app, CommandContext& context);
void AddDemoCommand(CLI::App& app, CommandContext& context);
void AddGenerateCommand(CLI::App& app, CommandContext& context);
void AddConfigCommand(CLI::App& app, CommandContext& context);
void AddKeysCommand(CLI::App& app, CommandContext& context);
void AddCatalogCommand(CLI::App& app, CommandContext& context);
void AddLinksCommand(CLI::App& app, CommandContext& context);
void AddStoreCommand(CLI::App& app, CommandContext& context);
void AddSchemaCommand(CLI::App& app, CommandContext& context);
void AddArchiveCommand(CLI::App& app, CommandContext& context);
void AddRollupCommand(CLI::App& app, CommandContext& context);
void AddStorageCommand(CLI::App& app, CommandContext& context);

}  // namespace adtally
