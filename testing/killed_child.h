#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace adtally {

// Where the child writes the numbers that were acknowledged, as they are in memory: a pipe to the
// parent, apart from googletest's own output.
inline constexpr int kAcknowledgedFd = 100;

// Runs one test of this program, which must not end by itself, as a child with the environment of
// this process; kills it with SIGKILL `time` after its start, or after the first number that it
// wrote, and returns what it wrote. `test` may be disabled: "Suite.DISABLED_Child".
enum class KillAfter { kStart, kFirstNumber };
inline std::vector<uint64_t> RunTestAndKill(const std::string& test, std::chrono::microseconds time,
                                            KillAfter after = KillAfter::kStart) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], kAcknowledgedFd);
  std::string program = "/proc/self/exe";
  std::string filter = "--gtest_filter=" + test;
  std::string disabled = "--gtest_also_run_disabled_tests";
  std::string brief = "--gtest_brief=1";
  char* arguments[] = {program.data(), filter.data(), disabled.data(), brief.data(), nullptr};
  pid_t child = 0;
  EXPECT_EQ(posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);

  std::thread killer;
  const auto start_killer = [&] {
    killer = std::thread([&] {
      std::this_thread::sleep_for(time);
      kill(child, SIGKILL);
    });
  };
  if (after == KillAfter::kStart) start_killer();
  std::string bytes;
  char buffer[4096];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    bytes.append(buffer, static_cast<size_t>(n));
    if (!killer.joinable() && bytes.size() >= sizeof(uint64_t)) start_killer();
  }
  if (killer.joinable()) killer.join();
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
  close(ends[0]);

  std::vector<uint64_t> numbers(bytes.size() / sizeof(uint64_t));
  std::copy_n(bytes.data(), numbers.size() * sizeof(uint64_t),
              reinterpret_cast<char*>(numbers.data()));
  return numbers;
}

}  // namespace adtally
