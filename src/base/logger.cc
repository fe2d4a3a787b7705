#include "base/logger.h"

namespace adtally {

Logger& NullLogger() {
  class Null final : public Logger {
    void Log(LogLevel, std::string_view) override {}
  };
  static Null logger;
  return logger;
}

}  // namespace adtally
