#pragma once

#include <string_view>

namespace adtally {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Where components report what an operator should know. Thread-safe.
// For failures that a caller can act on, return a Result instead.
class Logger {
 public:
  virtual ~Logger() = default;
  virtual void Log(LogLevel level, std::string_view message) = 0;
  void Info(std::string_view message) { Log(LogLevel::kInfo, message); }
  void Warning(std::string_view message) { Log(LogLevel::kWarning, message); }
  void Error(std::string_view message) { Log(LogLevel::kError, message); }
};

// Drops everything: for tests.
Logger& NullLogger();

}  // namespace adtally
