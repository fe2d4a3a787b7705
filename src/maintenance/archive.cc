#include "maintenance/archive.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/strong.h"
#include "maintenance/archive_month.h"
#include "maintenance/archive_names.h"
#include "maintenance/archive_plan.h"
#include "maintenance/archive_retention.h"

namespace adtally {
namespace {

int64_t BeforeS(const ArchivePass& pass, int64_t days) {
  return pass.clock.NowMs() / 1000 - days * kSecondsPerDay;
}

void AddList(std::string_view name, const std::vector<std::string>& texts, JsonWriter& json) {
  json.Key(name);
  json.BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

}  // namespace

bool ArchiveSummary::did_something() const {
  return months + days_removed + months_retired + files_removed > 0;
}

std::string ArchiveSummary::text() const {
  std::string text;
  if (months > 0) {
    text += fmt::format("archived {} months: {} rows in {} files, {} bytes\n", months, rows, files,
                        bytes);
  }
  if (days_removed > 0) text += fmt::format("took {} days out of the store\n", days_removed);
  if (months_retired > 0)
    text += fmt::format("gave up {} months that are too old\n", months_retired);
  if (files_removed > 0) text += fmt::format("removed {} files\n", files_removed);
  for (const std::string& month : waiting) text += "not yet: " + month + '\n';
  for (const std::string& problem : problems) text += "failed: " + problem + '\n';
  return text.empty() ? "nothing is due\n" : text;
}

std::string ArchiveSummary::json() const {
  JsonWriter json;
  json.BeginObject();
  const std::pair<std::string_view, uint64_t> numbers[] = {{"months", months},
                                                           {"files", files},
                                                           {"rows", rows},
                                                           {"bytes", bytes},
                                                           {"days_removed", days_removed},
                                                           {"months_retired", months_retired},
                                                           {"files_removed", files_removed}};
  for (const auto& [name, number] : numbers) {
    json.Key(name);
    json.UInt(number);
  }
  AddList("waiting", waiting, json);
  AddList("problems", problems, json);
  json.EndObject();
  return json.Take();
}

Archive::Archive(const ArchiveOptions& options, const ArchivePlace& place, Store& store,
                 const Clock& clock, Logger& logger)
    : options_(options), place_(place), store_(store), clock_(clock), logger_(logger) {}

ArchiveSummary Archive::RunPass(const std::stop_token& stop,
                                const std::function<void(const ArchiveProgress&)>& progress) {
  const std::lock_guard lock(mutex_);
  const auto storage = MakeArchiveStorage(place_, store_);
  const ArchivePass pass{.store = store_,
                         .storage = *storage,
                         .clock = clock_,
                         .options = options_,
                         .stop = stop,
                         .progress = progress};
  ArchiveSummary summary;
  WriteMonths(pass, summary);
  Clean(pass, summary);
  return summary;
}

void Archive::WriteMonths(const ArchivePass& pass, ArchiveSummary& summary) {
  const auto due = FindDueMonths(store_, BeforeS(pass, options_.hour_days));
  if (!due.ok()) return Note(summary, due.error());
  ArchiveProgress progress{.months = due->size()};
  for (const DueMonth& month : *due) {
    if (pass.stopped()) return;
    progress.month = month.month;
    ++progress.month_number;
    if (!month.waits_for.empty()) {
      summary.waiting.push_back(MonthText(month.month) + ": " + month.waits_for);
    }
    const auto done = ArchiveMonth(pass, month, progress);
    if (!done.ok()) {
      Note(summary, done.error());
      continue;
    }
    if (done->published) ++summary.months;
    summary.files += done->files;
    summary.rows += done->rows;
    summary.bytes += done->bytes;
    summary.days_removed += done->days_removed;
  }
}

void Archive::Clean(const ArchivePass& pass, ArchiveSummary& summary) {
  if (pass.stopped()) return;
  const auto retired = RetireArchiveMonths(pass, BeforeS(pass, options_.day_days));
  if (!retired.ok()) return Note(summary, retired.error());
  summary.months_retired = *retired;
  const auto removed = garbage_.Collect(pass);
  if (!removed.ok()) return Note(summary, removed.error());
  summary.files_removed = *removed;
}

void Archive::Note(ArchiveSummary& summary, const Error& error) {
  logger_.Error("archive: " + error.message);
  summary.problems.push_back(error.message);
}

}  // namespace adtally
