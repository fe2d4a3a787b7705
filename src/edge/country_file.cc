#include "edge/country_file.h"

#include <maxminddb.h>
#include <netinet/in.h>

#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace adtally {
namespace {

// "" when the entry has no such string.
std::string_view StringAt(MMDB_entry_s& entry, const char* const* path, bool& broken) {
  MMDB_entry_data_s data;
  const int status = MMDB_aget_value(&entry, &data, path);
  if (status == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR) return {};
  if (status != MMDB_SUCCESS) broken = true;
  if (status != MMDB_SUCCESS || !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING)
    return {};
  return {data.utf8_string, data.data_size};
}

Place PlaceAt(MMDB_entry_s& entry, bool& broken) {
  static constexpr const char* kCountry[] = {"country", "iso_code", nullptr};
  static constexpr const char* kRegion[] = {"subdivisions", "0", "iso_code", nullptr};
  const std::optional<CountryCode> country = ParseCountry(StringAt(entry, kCountry, broken));
  if (!country || country->empty()) return {};
  return {*country, ParseRegion(StringAt(entry, kRegion, broken)).value_or(RegionCode{})};
}

MMDB_lookup_result_s Lookup(const MMDB_s& file, const IpAddress& address, int& status) {
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, address.bytes.data() + 12, 4);
    return MMDB_lookup_sockaddr(&file, reinterpret_cast<const sockaddr*>(&v4), &status);
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  std::memcpy(&v6.sin6_addr, address.bytes.data(), address.bytes.size());
  return MMDB_lookup_sockaddr(&file, reinterpret_cast<const sockaddr*>(&v6), &status);
}

// Whether the file holds countries and its first entries are sound. A file of something else (of
// autonomous systems, say) is found here and not by wrong reports.
Result<void> Probe(const MMDB_s& file) {
  constexpr int kEnough = 1000;
  int countries = 0;
  for (uint32_t number = 0; number < file.metadata.node_count && countries < kEnough; ++number) {
    MMDB_search_node_s node;
    if (const int status = MMDB_read_node(&file, number, &node); status != MMDB_SUCCESS) {
      return Error{ErrorCode::kCorrupt, MMDB_strerror(status)};
    }
    for (auto [type, entry] : {std::pair(node.left_record_type, node.left_record_entry),
                               std::pair(node.right_record_type, node.right_record_entry)}) {
      bool broken = type == MMDB_RECORD_TYPE_INVALID;
      if (type == MMDB_RECORD_TYPE_DATA && !PlaceAt(entry, broken).country.empty()) ++countries;
      if (broken) return Error{ErrorCode::kCorrupt, "it is damaged"};
    }
  }
  if (countries == 0) return Error{ErrorCode::kCorrupt, "it holds no country.iso_code"};
  return {};
}

}  // namespace

struct CountryFile::Impl {
  MMDB_s file{};
  ~Impl() { MMDB_close(&file); }
};

CountryFile::CountryFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CountryFile::~CountryFile() = default;

Result<std::unique_ptr<CountryFile>> CountryFile::Open(const std::string& path) {
  MMDB_s file{};
  const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &file);
  if (status != MMDB_SUCCESS) {
    const bool missing = status == MMDB_FILE_OPEN_ERROR;
    return Error{missing ? ErrorCode::kNotFound : ErrorCode::kCorrupt,
                 "cannot open \"" + path + "\" as an mmdb file: " + MMDB_strerror(status)};
  }
  auto impl = std::make_unique<Impl>();
  impl->file = file;
  if (auto probe = Probe(impl->file); !probe.ok()) {
    return Error{probe.error().code,
                 "cannot use \"" + path + "\" as a country file: " + probe.error().message};
  }
  return std::unique_ptr<CountryFile>(new CountryFile(std::move(impl)));
}

Place CountryFile::Find(const IpAddress& address) const {
  int status = MMDB_SUCCESS;
  MMDB_lookup_result_s found = Lookup(impl_->file, address, status);
  if (status != MMDB_SUCCESS || !found.found_entry) return {};
  bool broken = false;
  return PlaceAt(found.entry, broken);
}

}  // namespace adtally
