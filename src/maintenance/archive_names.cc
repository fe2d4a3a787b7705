#include "maintenance/archive_names.h"

#include <fmt/format.h>

#include <charconv>

namespace adtally {
namespace {

constexpr std::string_view kFolder = "hour/";
constexpr std::string_view kParquet = ".parquet";
constexpr std::string_view kDraft = ".draft";

// A number at the beginning of `text`, which is taken away with `end` behind it.
std::optional<uint32_t> TakeNumber(std::string_view& text, std::string_view end) {
  uint32_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(rest - text.data()));
  if (!text.starts_with(end)) return std::nullopt;
  text.remove_prefix(end.size());
  return number;
}

}  // namespace

std::string MonthText(uint32_t month) {
  return fmt::format("{:04}-{:02}", month / 100, month % 100);
}

std::string ArchiveFileName(uint32_t month, Generation generation, uint32_t number) {
  return fmt::format("{}{}/{}-{:03}{}", kFolder, MonthText(month), generation, number, kParquet);
}

std::string ArchiveDraftName(std::string_view name) {
  return std::string(name) + std::string(kDraft);
}

std::string ArchiveManifestName(uint32_t month) {
  return fmt::format("{}{}/manifest.json", kFolder, MonthText(month));
}

std::optional<ArchiveName> ParseArchiveName(std::string_view name) {
  std::string_view left = name;
  if (!left.starts_with(kFolder)) return std::nullopt;
  left.remove_prefix(kFolder.size());
  ArchiveName parsed;
  parsed.is_draft = left.ends_with(kDraft);
  if (parsed.is_draft) left.remove_suffix(kDraft.size());
  const auto year = TakeNumber(left, "-");
  const auto month = year ? TakeNumber(left, "/") : std::nullopt;
  const auto generation = month ? TakeNumber(left, "-") : std::nullopt;
  const auto number = generation ? TakeNumber(left, kParquet) : std::nullopt;
  if (!number || !left.empty()) return std::nullopt;
  parsed.month = *year * 100 + *month;
  parsed.generation = *generation;
  std::string same = ArchiveFileName(parsed.month, parsed.generation, *number);
  if (parsed.is_draft) same = ArchiveDraftName(same);
  if (same != name) return std::nullopt;
  return parsed;
}

}  // namespace adtally
