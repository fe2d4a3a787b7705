#include "app/config.h"

namespace adtally {

std::vector<ConfigOption> ConfigOptions(Config& c) {
  return {
      {"edge.listen", &c.edge_listen,
       "address:port of the edge: event ingest, tracking links, conversions"},
      {"edge.public_url", &c.edge_public_url,
       "what tracking links start with, e.g. https://t.example.com; empty: the Host of the request "
       "that makes them"},
      {"edge.trusted_proxies", &c.edge_trusted_proxies,
       "addresses or CIDR ranges of proxies whose X-Forwarded-For and country headers are "
       "believed"},
      {"edge.country_header", &c.edge_country_header,
       "header in which a trusted proxy names the country, e.g. CF-IPCountry; empty: none"},
      {"edge.region_header", &c.edge_region_header,
       "header in which a trusted proxy names the region; empty: none"},
      {"edge.country_file", &c.edge_country_file,
       "file in MaxMind format (mmdb) that gives addresses their countries; empty: none"},
      {"edge.threads", &c.edge_threads, "I/O threads of the edge", 1, 256},
      {"edge.spool_after_ms", &c.edge_spool_after_ms,
       "kafka (a log in the process needs no spool): ms that Kafka may take to acknowledge events "
       "before they are stored in DATA/spool, answered, and appended once Kafka is back; those "
       "that "
       "wait there for longer than aggregator.dedup_window_hours are late by then; 0: no spool, "
       "events get 503 while Kafka does not answer",
       0, 60'000},
      {"edge.spool_max_mb", &c.edge_spool_max_mb,
       "kafka: MiB of events that DATA/spool may hold; beyond them events get 503", 16, 1 << 24},
      {"api.listen", &c.api_listen, "address:port of reports, catalog, keys and the dashboard"},
      {"api.web_root", &c.api_web_root,
       "folder of the built dashboard; empty: web beside the binary"},
      {"api.public_url", &c.api_public_url,
       "where browsers find the dashboard, e.g. https://ads.example.com; with https its cookies "
       "are "
       "Secure; empty: the Host of the request"},
      {"api.trusted_proxies", &c.api_trusted_proxies,
       "addresses or CIDR ranges of proxies whose X-Forwarded-For and X-Forwarded-Proto are "
       "believed"},
      {"api.rate_limit_per_s", &c.api_rate_limit_per_s,
       "calls per second that one API key may make at each API process, on average; more get 429; "
       "0: any number",
       0, 1'000'000},
      {"api.rate_limit_burst", &c.api_rate_limit_burst,
       "calls that one API key may make at once, before api.rate_limit_per_s holds", 1, 1'000'000},
      {"api.answer_cache_mib", &c.api_answer_cache_mib,
       "MiB of answers over published rollups that each API process remembers; 0: none", 0, 65'536},
      {"api.report_files", &c.api_report_files,
       "reports as csv, Parquet or Arrow that are sent at a time, each a query for as long as its "
       "client reads",
       1, 256},
      {"api.report_files_per_key", &c.api_report_files_per_key,
       "those of one API key; more get 429", 1, 256},
      {"api.live_reports", &c.api_live_reports,
       "streams of GET /v1/report/live that are open at a time", 1, 10'000},
      {"api.live_reports_per_key", &c.api_live_reports_per_key,
       "those of one API key and of its sessions; more get 429", 1, 10'000},
      {"log.kind",
       &c.log_kind,
       "event log: rocksdb, in the process, or kafka, an Apache Kafka cluster",
       0,
       0,
       {"rocksdb", "kafka"}},
      {"log.brokers", &c.log_brokers,
       "kafka: some of the cluster's brokers, \"host:port,host:port\""},
      {"log.topic", &c.log_topic, "kafka: topic of the events; made when absent"},
      {"log.checkpoints_topic", &c.log_checkpoints_topic,
       "kafka: topic that says where checkpoints end, of this log alone; made when absent"},
      {"log.format",
       &c.log_format,
       "kafka: what others append to log.topic: protobuf, an EventBatch a record with or without "
       "its length in front (ProtobufList), or json, an object, an array or NDJSON a record; what "
       "adtally's edge appends is read as well",
       0,
       0,
       {"protobuf", "json"}},
      {"log.rejected_topic", &c.log_rejected_topic,
       "kafka: topic that gets the events which cannot be counted, with the reason in their "
       "headers; made when absent; empty: they are only in the ledger"},
      {"log.replication", &c.log_replication,
       "kafka: replicas of the topics that are made; from 2 on, two must hold an event before it "
       "is "
       "acknowledged",
       1, 9},
      {"log.kafka", &c.log_kafka,
       "kafka: settings of librdkafka, for TLS and SASL, e.g. {\"security.protocol\" = \"SSL\"}"},
      {"log.partitions", &c.log_partitions,
       "partitions of the event log, counted in parallel; fixed when the log is created", 1, 1024},
      {"log.key",
       &c.log_key,
       "what the edge chooses an event's partition by: event_id, which spreads all alike, or "
       "campaign, which keeps a campaign's events together; with campaign, events of one id must "
       "name the same campaign. The same for every edge: after a change, duplicates of events of "
       "the last aggregator.dedup_window_hours may be in another partition and be counted twice",
       0,
       0,
       {"event_id", "campaign"}},
      {"log.campaign_salt", &c.log_campaign_salt,
       "log.key = \"campaign\": partitions over which one campaign is spread by its event ids; 1: "
       "none, a hot campaign makes a hot partition; as many as log.partitions: no campaign does. "
       "Changing it is like changing log.key",
       1, 1024},
      {"log.retention_hours", &c.log_retention_hours,
       "hours that delivered events stay in the log; at least aggregator.dedup_window_hours + 3; "
       "kafka: "
       "hours that any event stays, set when the topic is made",
       4, 24 * 366},
      {"store.kind",
       &c.store_kind,
       "store: chdb, the ClickHouse engine in the process; clickhouse, a server or `adtally store` "
       "over HTTP",
       0,
       0,
       {"chdb", "clickhouse"}},
      {"store.max_memory_mb", &c.store_max_memory_mb,
       "MiB that the engine in the process may use for queries, merges and caches", 256, 1 << 20},
      {"store.url", &c.store_url,
       "clickhouse only: where it is, http://HOST:8123 or https://HOST:8443"},
      {"store.user", &c.store_user, "clickhouse only: the user"},
      {"store.password", &c.store_password,
       "clickhouse only: the user's password; better in the environment or in a file"},
      {"store.password_file", &c.store_password_file,
       "clickhouse only: file that holds the password, such as DATA/store.key of `adtally store`"},
      {"store.database", &c.store_database,
       "clickhouse only: database of the tables, made when it is missing"},
      {"store.cluster", &c.store_cluster,
       "clickhouse only: name of a cluster in the server's remote_servers, over which the tables "
       "are "
       "spread and replicated; empty: one server"},
      {"store.replica_urls", &c.store_replica_urls,
       "cluster only: URLs of replicas by host_name or host_name:port of system.clusters, as far "
       "as "
       "they are not reached at host_name with scheme and port of store.url"},
      {"store.insert_quorum", &c.store_insert_quorum,
       "cluster only: replicas that must hold rows before they count as delivered; 0: more than "
       "half",
       0, 9},
      {"store.ca_file", &c.store_ca_file,
       "clickhouse only: PEM file of the authority of an https certificate; empty: the system's"},
      {"store.connect_timeout_ms", &c.store_connect_timeout_ms,
       "clickhouse only: ms to wait for a connection", 50, 600'000},
      {"store.timeout_ms", &c.store_timeout_ms,
       "clickhouse only: ms that a query or an insert may take", 1000, 3'600'000},
      {"store_server.listen", &c.store_server_listen,
       "`adtally store`: address:port of ClickHouse's HTTP interface"},
      {"store_server.users", &c.store_server_users,
       "`adtally store`: users that may read and write, as NAME:PASSWORD; empty: adtally, with a "
       "password made on the first start and written to DATA/store.key"},
      {"store_server.readers", &c.store_server_readers,
       "`adtally store`: users that may only read, as NAME:PASSWORD"},
      {"store_server.max_queries", &c.store_server_max_queries,
       "`adtally store`: statements at a time; eight times as many wait, more are refused", 1,
       1024},
      {"store_server.max_body_mb", &c.store_server_max_body_mb,
       "`adtally store`: MiB of a request's body, unpacked; it is held in memory", 1, 4096},
      {"store_server.max_result_mb", &c.store_server_max_result_mb,
       "`adtally store`: MiB of a result; it is held in memory", 1, 4096},
      {"aggregator.checkpoint_interval_ms", &c.aggregator_checkpoint_interval_ms,
       "least ms between two checkpoints of a partition: most of the time to visibility", 50,
       60'000},
      {"aggregator.dedup_window_hours", &c.aggregator_dedup_window_hours,
       "hours within which an event_id is counted once; older events go to the late ledger", 1, 29},
      {"aggregator.max_ids", &c.aggregator_max_ids,
       "event ids that deduplication may remember, over all partitions, at up to 11 bytes each; "
       "beyond them counting waits; 0: as many as fit into a quarter of the memory",
       0, int64_t{100} << 30},
      {"aggregator.counting_threads", &c.aggregator_counting_threads,
       "threads that count, shared by all partitions; 0: as many as the process may use cores", 0,
       1024},
      {"aggregator.delivery_threads", &c.aggregator_delivery_threads,
       "threads that deliver to the store, shared by all partitions; 0: as many as cores, at least "
       "2",
       0, 1024},
      {"aggregator.listen", &c.aggregator_listen,
       "address:port of /healthz, /readyz and /metrics of a process with neither edge nor API"},
      {"aggregator.group", &c.aggregator_group,
       "kafka and clickhouse: consumer group whose members share the partitions out"},
      {"aggregator.instance", &c.aggregator_instance,
       "kafka and clickhouse: name of this process in the group, its own and the same after a "
       "restart: then a restart within the session timeout moves no partition; empty: none"},
      {"aggregator.session_timeout_ms", &c.aggregator_session_timeout_ms,
       "kafka and clickhouse: ms after which a member of the group that is not heard loses its "
       "partitions to others; the brokers limit it, see group.min.session.timeout.ms",
       1000, 1'800'000},
      {"aggregator.standby", &c.aggregator_standby,
       "kafka and clickhouse: counts the partitions of the group's members along with them, to "
       "take over without that wait; standbys share the partitions out in a group of their own"},
      {"retention.minute_days", &c.retention_minute_days,
       "days that numbers are kept by the minute; longer where the rollup by the hour does not "
       "hold "
       "their sums yet",
       1, 36'500},
      {"retention.hour_days", &c.retention_hour_days,
       "days that numbers are kept by the hour in the store, before they are archived; at least "
       "retention.minute_days",
       1, 36'500},
      {"retention.day_days", &c.retention_day_days,
       "days that numbers are kept by the day; whole months are dropped; at least "
       "retention.hour_days",
       31, 36'500},
      {"archive.kind",
       &c.archive_kind,
       "where months of hours older than retention.hour_days go, as Parquet files: a folder of "
       "this machine, s3, or none: then they stay in the store. auto: a folder with store.kind = "
       "\"chdb\", none with \"clickhouse\", whose server would look for a folder on its own disk",
       0,
       0,
       {"auto", "folder", "s3", "none"}},
      {"archive.folder", &c.archive_folder, "folder of the archive; empty: DATA/archive"},
      {"archive.s3_url", &c.archive_s3_url,
       "s3: bucket of the archive, with a prefix if you like: https://HOST/BUCKET/PREFIX"},
      {"archive.s3_key", &c.archive_s3_key, "s3: access key id; empty: requests are not signed"},
      {"archive.s3_secret", &c.archive_s3_secret,
       "s3: secret access key; better in the environment or in a file"},
      {"archive.s3_secret_file", &c.archive_s3_secret_file,
       "s3: file that holds the secret access key"},
      {"archive.file_rows", &c.archive_file_rows,
       "rows of one file of the archive, unless one advertiser has more in a month", 1000,
       int64_t{10'000'000'000}},
      {"maintenance.interval_s", &c.maintenance_interval_s,
       "seconds between two passes of rollups, retention and archive", 1, 86'400},
      {"maintenance.rollup_delay_s", &c.maintenance_rollup_delay_s,
       "seconds from the end of an hour to its first rollup, so that few events come after it; "
       "those "
       "that do are counted, and the hour is rolled up again",
       0, 3600},
      {"auth.admin_key", &c.auth_admin_key,
       "the admin's API key, at least 16 characters; empty: made on the first start and written to "
       "DATA/admin.key"},
      {"links.signing_key", &c.links_signing_key,
       "id of the key in links.keys that signs new tracking links; 0: one is made and kept in "
       "DATA/links.key",
       0, 4'294'967'295},
      {"links.keys", &c.links_keys,
       "secrets by id that verify tracking links, at least 16 characters each; keep an old one "
       "until its links expired"},
  };
}

}  // namespace adtally
