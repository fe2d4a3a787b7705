#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace adtally {

// Every setting of a process. What each means, its unit and range: ConfigOptions.
struct Config {
  std::string edge_listen = "127.0.0.1:8080";
  std::string edge_public_url;
  std::vector<std::string> edge_trusted_proxies;
  std::string edge_country_header;
  std::string edge_region_header;
  std::string edge_country_file;
  int64_t edge_threads = 2;
  int64_t edge_spool_after_ms = 250;
  int64_t edge_spool_max_mb = 4096;

  std::string api_listen = "127.0.0.1:8081";
  std::string api_web_root;
  std::string api_public_url;
  std::vector<std::string> api_trusted_proxies;
  int64_t api_rate_limit_per_s = 100;
  int64_t api_answer_cache_mib = 64;
  int64_t api_rate_limit_burst = 500;
  int64_t api_report_files = 4;
  int64_t api_report_files_per_key = 2;
  int64_t api_live_reports = 256;
  int64_t api_live_reports_per_key = 16;

  std::string log_kind = "rocksdb";
  std::string log_brokers;
  std::string log_topic = "adtally.events";
  std::string log_checkpoints_topic = "adtally.checkpoints";
  std::string log_format = "protobuf";
  std::string log_rejected_topic = "adtally.rejected";
  int64_t log_replication = 3;
  std::map<std::string, std::string> log_kafka;
  int64_t log_partitions = 4;
  std::string log_key = "event_id";
  int64_t log_campaign_salt = 16;
  int64_t log_retention_hours = 72;

  std::string store_kind = "chdb";
  int64_t store_max_memory_mb = 2048;
  std::string store_url = "http://127.0.0.1:8123";
  std::string store_user = "adtally";
  std::string store_password;
  std::string store_password_file;
  std::string store_database = "adtally";
  std::string store_cluster;
  std::map<std::string, std::string> store_replica_urls;
  int64_t store_insert_quorum = 0;
  std::string store_ca_file;
  int64_t store_connect_timeout_ms = 5000;
  int64_t store_timeout_ms = 60'000;

  std::string store_server_listen = "127.0.0.1:8123";
  std::vector<std::string> store_server_users;
  std::vector<std::string> store_server_readers;
  int64_t store_server_max_queries = 8;
  int64_t store_server_max_body_mb = 256;
  int64_t store_server_max_result_mb = 256;

  int64_t aggregator_checkpoint_interval_ms = 2000;
  int64_t aggregator_dedup_window_hours = 24;
  int64_t aggregator_max_ids = 0;
  int64_t aggregator_counting_threads = 0;
  int64_t aggregator_delivery_threads = 0;
  std::string aggregator_listen = "127.0.0.1:8082";
  std::string aggregator_group = "adtally";
  std::string aggregator_instance;
  int64_t aggregator_session_timeout_ms = 6000;
  bool aggregator_standby = false;

  int64_t retention_minute_days = 7;
  int64_t retention_hour_days = 90;
  int64_t retention_day_days = 730;

  std::string archive_kind = "auto";
  std::string archive_folder;
  std::string archive_s3_url;
  std::string archive_s3_key;
  std::string archive_s3_secret;
  std::string archive_s3_secret_file;
  int64_t archive_file_rows = 50'000'000;

  int64_t maintenance_interval_s = 120;
  int64_t maintenance_rollup_delay_s = 120;

  std::string auth_admin_key;

  int64_t links_signing_key = 0;
  std::map<uint32_t, std::string> links_keys;
};

// One setting: the only place where its name, default (Config's), range and meaning stand.
struct ConfigOption {
  using Target =
      std::variant<std::string*, int64_t*, bool*, std::vector<std::string>*,
                   std::map<uint32_t, std::string>*, std::map<std::string, std::string>*>;
  std::string_view name;  // "edge.listen"; in the environment ADTALLY_EDGE_LISTEN
  Target target;
  std::string_view meaning;
  int64_t min = 0;  // numbers: both included
  int64_t max = 0;
  std::vector<std::string_view> choices = {};  // texts: empty when any will do
};

// The options of a config, each pointing into it.
std::vector<ConfigOption> ConfigOptions(Config& config);

// Reads the file (none when the path is empty), then the environment on top of it. An unknown key,
// a wrong type or a value out of range is an error that names the key. `environment` is as in main:
// "NAME=value", ending in nullptr.
Result<Config> LoadConfig(const std::string& path, const char* const* environment);

// A sample file with every option, its default and meaning: what `adtally config` prints.
std::string DescribeConfig();

}  // namespace adtally
