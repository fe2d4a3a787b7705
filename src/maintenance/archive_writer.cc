#include "maintenance/archive_writer.h"

#include <string>
#include <string_view>
#include <utility>

#include "maintenance/archive_names.h"
#include "store/row_binary_reader.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

// The days are merged as they are read, without a buffer for each; blocks are a row group large.
// So memory does not depend on how much there is. Row groups of a quarter of a million rows cost
// two per cent more bytes than those of a million, and a campaign is found in less. A bloom filter
// would help nobody, since files are sorted by what is asked for.
constexpr std::string_view kWriteSettings =
    " SETTINGS max_execution_time = 0, max_threads = 2, max_insert_threads = 1, "
    "max_block_size = 8192, read_in_order_use_buffering = 0, optimize_read_in_order = 1, "
    "min_insert_block_size_rows = 250000, output_format_parquet_row_group_size = 250000, "
    "output_format_parquet_write_bloom_filter = 0, output_format_parquet_write_checksums = 1, "
    "output_format_parquet_compression_method = 'zstd', s3_max_inflight_parts_for_one_file = 2, ";

struct AdvertiserRange {
  uint32_t first = 0;
  uint32_t last = 0;
  uint64_t rows = 0;
};

// Splits the advertisers into ranges of at most `file_rows` rows, or one advertiser.
Result<std::vector<AdvertiserRange>> SplitAdvertisers(Store& store, const std::string& rows,
                                                      uint64_t file_rows) {
  ADTALLY_ASSIGN(const std::string answer,
                 RunStatement(store,
                              {"SELECT advertiser_id, count() FROM " + rows +
                                   " GROUP BY advertiser_id ORDER BY advertiser_id SETTINGS "
                                   "optimize_aggregation_in_order = 1, max_execution_time = 0",
                               {}},
                              "RowBinary"));
  std::vector<AdvertiserRange> ranges;
  RowBinaryReader reader(answer);
  while (!reader.done()) {
    const uint32_t advertiser = reader.UInt32();
    const uint64_t of_advertiser = reader.UInt64();
    if (ranges.empty() || ranges.back().rows + of_advertiser > file_rows) {
      ranges.push_back({.first = advertiser});
    }
    ranges.back().last = advertiser;
    ranges.back().rows += of_advertiser;
  }
  if (reader.ok()) return ranges;
  return Error{ErrorCode::kInternal, "the store's answer about adtally.hour cannot be read"};
}

std::string OfRange(const std::string& rows, const AdvertiserRange& range) {
  return rows + " AND advertiser_id >= " + std::to_string(range.first) +
         " AND advertiser_id <= " + std::to_string(range.last);
}

// The number of rows and a hash of each of their fields, whatever their order.
std::string FieldsOf(const std::string& rows) {
  return "(SELECT (count(), sum(cityHash64(" + ArchiveColumns() + "))) FROM " + rows + ")";
}

Result<void> WriteTable(const ArchivePass& pass, const std::string& name, const std::string& rows) {
  const ArchivePlace& place = pass.storage.place();
  Statement write = ArchiveTable(place, std::vector{name}, "Parquet", ArchiveStructure());
  write.sql = "INSERT INTO FUNCTION " + write.sql + " SELECT " + ArchiveColumns() + " FROM " +
              rows +
              " ORDER BY advertiser_id, campaign_id, hour, ad_group_id, creative_id, device, "
              "country, region, hour_minutes" +
              std::string(kWriteSettings) + std::string(kArchiveSettings);
  ADTALLY_TRY(RunOnArchive(pass.store, place, write, ""));
  return {};
}

// Reads the file and compares it with the rows that it was made of; the hash of its sums.
Result<uint64_t> ReadBack(const ArchivePass& pass, const std::string& name,
                          const std::string& rows) {
  const ArchivePlace& place = pass.storage.place();
  Statement read = ArchiveTable(place, std::vector{name}, "Parquet", ArchiveStructure());
  read.sql = "SELECT toUInt8(ifNull(" + FieldsOf(read.sql) + " = " + FieldsOf(rows) +
             ", 0)), ifNull(" + ContentHash(read.sql) + ", 0) SETTINGS max_execution_time = 0, " +
             std::string(kArchiveSettings);
  ADTALLY_ASSIGN(const std::string answer, RunOnArchive(pass.store, place, read, "RowBinary"));
  RowBinaryReader reader(answer);
  const bool is_equal = reader.UInt8() == 1;
  const uint64_t content_hash = reader.UInt64();
  if (is_equal && reader.ok()) return content_hash;
  return Error{ErrorCode::kCorrupt,
               place.PathOf(name) +
                   " does not hold the rows that were written into it and is not published: the "
                   "hours stay in the store; see whether the disk or the S3 server has an error"};
}

Result<ArchiveFile> WriteFile(const ArchivePass& pass, const std::string& name,
                              const std::string& days, const AdvertiserRange& range) {
  const std::string rows = OfRange(days, range);
  ADTALLY_ASSIGN(const std::string written_name, pass.storage.Begin(name));
  ADTALLY_TRY(WriteTable(pass, written_name, rows));
  ADTALLY_ASSIGN(const ArchiveStorage::File written, pass.storage.Finish(name));
  ArchiveFile file{.name = name,
                   .first_advertiser_id = range.first,
                   .last_advertiser_id = range.last,
                   .rows = range.rows,
                   .bytes = written.bytes,
                   .etag = written.etag};
  ADTALLY_ASSIGN(file.checksum, pass.storage.Checksum(name));
  ADTALLY_ASSIGN(file.content_hash, ReadBack(pass, name, rows));
  return file;
}

}  // namespace

Result<std::vector<ArchiveFile>> WriteArchiveFiles(const ArchivePass& pass, const DueMonth& month,
                                                   Generation generation,
                                                   ArchiveProgress progress) {
  const std::string days = RowsOfDays(month.write);
  ADTALLY_ASSIGN(const std::vector<AdvertiserRange> ranges,
                 SplitAdvertisers(pass.store, days, pass.options.file_rows));
  for (const AdvertiserRange& range : ranges) progress.month_rows += range.rows;
  std::vector<ArchiveFile> files;
  for (const AdvertiserRange& range : ranges) {
    if (pass.stopped()) break;
    const std::string name =
        ArchiveFileName(month.month, generation, static_cast<uint32_t>(files.size()));
    ADTALLY_ASSIGN(ArchiveFile file, WriteFile(pass, name, days, range));
    file.month = month.month;
    file.generation = generation;
    progress.rows += file.rows;
    progress.bytes += file.bytes;
    files.push_back(std::move(file));
    if (pass.progress) pass.progress(progress);
  }
  return files;
}

}  // namespace adtally
