#include "bench/measure.h"

#include <fmt/format.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "base/check.h"

namespace adtally::bench {
namespace {

int64_t Nanos(clockid_t clock) {
  timespec now{};
  ADTALLY_CHECK(clock_gettime(clock, &now) == 0, "the clock cannot be read");
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// A line "NAME:  123 kB" of the process's status, in bytes; 0 where there is none.
size_t StatusBytes(std::string_view name) {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word != name) continue;
    size_t kilobytes = 0;
    status >> kilobytes;
    return kilobytes << 10;
  }
  return 0;
}

}  // namespace

int64_t WallNanos() {
  return Nanos(CLOCK_MONOTONIC);
}

int64_t ThreadCpuNanos() {
  return Nanos(CLOCK_THREAD_CPUTIME_ID);
}

double ProcessCpuSeconds() {
  return static_cast<double>(Nanos(CLOCK_PROCESS_CPUTIME_ID)) * 1e-9;
}

double ProcessCpuSeconds(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  // Behind the name, which may hold anything: the 12th and 13th field, in clock ticks.
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

size_t ResidentBytes() {
  return StatusBytes("VmRSS:");
}

size_t PeakResidentBytes() {
  return StatusBytes("VmHWM:");
}

void ResetPeakResident() {
  std::ofstream("/proc/self/clear_refs") << "5";  // see proc(5)
}

void RunOnCores(size_t cores) {
  cpu_set_t allowed;
  ADTALLY_CHECK(sched_getaffinity(0, sizeof allowed, &allowed) == 0, "no affinity");
  cpu_set_t chosen;
  CPU_ZERO(&chosen);
  size_t left = cores;
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0 && left > 0; --cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    CPU_SET(cpu, &chosen);
    --left;
  }
  ADTALLY_CHECK(left == 0, "the machine has fewer cores than asked for");
  ADTALLY_CHECK(sched_setaffinity(0, sizeof chosen, &chosen) == 0, "no affinity");
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

ResultLine::ResultLine(std::string_view benchmark) : text_(benchmark) {
  json_.BeginObject();
  json_.Key("benchmark");
  json_.String(benchmark);
}

void ResultLine::ForPeople(std::string_view name, std::string_view value) {
  text_ += fmt::format("\n  {:32} {:>16}", name, value);
}

void ResultLine::Text(std::string_view name, std::string_view value) {
  json_.Key(name);
  json_.String(value);
  ForPeople(name, value);
}

void ResultLine::Count(std::string_view name, uint64_t value) {
  json_.Key(name);
  json_.UInt(value);
  ForPeople(name, fmt::format("{}", value));
}

void ResultLine::Number(std::string_view name, double value) {
  json_.Key(name);
  json_.Raw(fmt::format("{:.6g}", value));
  ForPeople(name, fmt::format("{:.6g}", value));
}

void ResultLine::Print() {
  json_.EndObject();
  fmt::print(stderr, "{}\n", text_);
  fmt::print("{}\n", json_.text());
  fflush(stdout);
}

}  // namespace adtally::bench
