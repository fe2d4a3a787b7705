#include "app/spool_setup.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace adtally {

PartitionKey PartitionKeyFor(const Config& config) {
  PartitionKey key;
  if (config.log_key == "campaign") key.kind = PartitionKey::Kind::kCampaign;
  key.campaign_salt = static_cast<uint32_t>(config.log_campaign_salt);
  return key;
}

bool UsesSpool(const Config& config) {
  return config.log_kind == "kafka" && config.edge_spool_after_ms > 0;
}

Result<std::unique_ptr<Spool>> OpenSpool(const Config& config, const std::string& data_dir,
                                         RecordSink& log, const Clock& clock, Logger& logger) {
  const std::string path = data_dir + "/spool";
  std::error_code error;
  if (!UsesSpool(config) && !std::filesystem::exists(path, error)) {
    return std::unique_ptr<Spool>();
  }
  SpoolOptions options;
  options.after_ms = UsesSpool(config) ? config.edge_spool_after_ms : 0;
  options.partition_key = PartitionKeyFor(config);
  const auto max_bytes = static_cast<uint64_t>(config.edge_spool_max_mb) << 20;
  ADTALLY_ASSIGN(auto files, SpoolFiles::Open(path, max_bytes, clock, logger));
  return std::make_unique<Spool>(log, std::move(files), options, clock, logger);
}

}  // namespace adtally
