#include "ops/console_logger.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace adtally {
namespace {

spdlog::level::level_enum LevelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

class ConsoleLogger final : public Logger {
 public:
  explicit ConsoleLogger(LogLevel least)
      : logger_("adtally", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()) {
    logger_.set_level(LevelOf(least));
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc));
    logger_.flush_on(spdlog::level::debug);
  }
  void Log(LogLevel level, std::string_view message) override {
    logger_.log(LevelOf(level), "{}", message);
  }

 private:
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<Logger> MakeConsoleLogger(LogLevel least) {
  return std::make_unique<ConsoleLogger>(least);
}

}  // namespace adtally
