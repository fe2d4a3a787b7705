#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"

namespace adtally {

// A running adtally: the log, the store, and the edge, the aggregator and the API on them.
class Service {
 public:
  // Opens everything under `data_dir` (made when missing) and starts to listen. The clock and the
  // logger outlive it. An error is one sentence that says what stops the start.
  static Result<std::unique_ptr<Service>> Start(const Config& config, const std::string& data_dir,
                                                const Clock& clock, Logger& logger);
  ~Service();

  std::string edge_address() const;  // "127.0.0.1:8080"
  std::string api_address() const;
  const std::string& admin_key() const;

  // Stops taking events, counts and delivers what was taken, stops. Blocks for some seconds at
  // most.
  void Drain();

 private:
  struct Parts;
  explicit Service(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace adtally
