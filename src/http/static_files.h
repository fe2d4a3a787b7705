#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "http/message.h"

namespace adtally::http {

// A built web application, held in memory. Cheap to copy, thread-safe.
//
// Only names that were loaded are served, so no path can leave the folder. Files under assets/ have
// their hash in their name and are cached for ever; the others are checked by their ETag each time.
// A path that names no file and has no extension answers index.html: the application routes it in
// the browser.
class StaticFiles {
 public:
  // Reads all files under `folder`, which must hold an index.html, and compresses those that get
  // smaller.
  static Result<StaticFiles> Load(const std::filesystem::path& folder);

  // The answer to a GET or HEAD; 405 for other methods.
  Response Get(const Request& request) const;

 private:
  struct Table;
  explicit StaticFiles(std::shared_ptr<const Table> table) : table_(std::move(table)) {}
  std::shared_ptr<const Table> table_;
};

}  // namespace adtally::http
