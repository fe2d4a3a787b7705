#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "app/roles.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"

namespace adtally {

// A running adtally: the log, the store, and on them what the process' roles are.
class Service {
 public:
  // Opens what the roles need, local files under `data_dir` (made when missing), and starts to
  // listen. The clock and the logger outlive it. An error is one sentence that says what stops the
  // start.
  static Result<std::unique_ptr<Service>> Start(const Config& config, const Roles& roles,
                                                const std::string& data_dir, const Clock& clock,
                                                Logger& logger);
  ~Service();

  // Where it listens, in a sentence for people.
  std::string Addresses() const;
  // Of a process with all roles.
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
