#pragma once

namespace adtally {

// Parses the command line and runs the subcommand. Returns the exit code: 0 done, 1 failed, 2 wrong
// use.
int RunCommand(int argc, char** argv, char** environment);

}  // namespace adtally
