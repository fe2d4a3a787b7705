#include "maintenance/archive_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "maintenance/archive_names.h"
#include "tiers/file_checksum.h"

namespace adtally {
namespace {

namespace fs = std::filesystem;

Error Failed(const std::string& path, std::string_view what) {
  return Error{ErrorCode::kUnavailable, path + " cannot be " + std::string(what) + ": " +
                                            std::string(std::strerror(errno)) +
                                            "; see to the disk and the rights of archive.folder"};
}

// Of a file or a folder.
Result<void> Sync(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Failed(path, "opened");
  const bool synced = fsync(file) == 0;
  const Error error = Failed(path, "synced");
  close(file);
  if (!synced) return error;
  return {};
}

class ArchiveFolder final : public ArchiveStorage {
 public:
  explicit ArchiveFolder(const ArchivePlace& place) : ArchiveStorage(place) {}

  Result<std::string> Begin(const std::string& name) override {
    ADTALLY_TRY(MakeFolderOf(name));
    return ArchiveDraftName(name);
  }

  Result<File> Finish(const std::string& name) override {
    ADTALLY_TRY(Publish(name));
    return Stat(name);
  }

  Result<std::string> Checksum(const std::string& name) override {
    return ChecksumOfFile(Path(name));
  }

  Result<std::vector<File>> List() override {
    std::vector<File> files;
    std::error_code error;
    const fs::path root = place().folder;
    fs::recursive_directory_iterator at(root / "hour", error);
    if (error == std::errc::no_such_file_or_directory) return files;
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      const std::string name = at->path().lexically_relative(root).string();
      if (!ParseArchiveName(name)) continue;
      auto file = Stat(name);
      if (file.ok()) files.push_back(std::move(file).value());
    }
    if (!error) return files;
    return Error{ErrorCode::kUnavailable, Path("hour") + " cannot be listed: " + error.message()};
  }

  Result<void> Remove(const std::string& name) override {
    if (unlink(Path(name).c_str()) == 0 || errno == ENOENT) return {};
    return Failed(Path(name), "removed");
  }

  Result<void> WriteText(const std::string& name, std::string_view text) override {
    ADTALLY_ASSIGN(const std::string draft, Begin(name));
    std::ofstream file(Path(draft), std::ios::binary | std::ios::trunc);
    file << text << std::flush;
    if (!file.good()) return Failed(Path(draft), "written");
    return Publish(name);
  }

  Result<std::string> ReadText(const std::string& name) override {
    std::ifstream file(Path(name), std::ios::binary);
    if (!file.is_open()) {
      if (errno != ENOENT && errno != ENOTDIR) return Failed(Path(name), "read");
      return Error{ErrorCode::kNotFound, Path(name) + " is missing"};
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

 private:
  std::string Path(std::string_view name) const { return place().PathOf(name); }

  // The folders of a month, durable from the archive's own on.
  Result<void> MakeFolderOf(const std::string& name) const {
    const fs::path folder = fs::path(Path(name)).parent_path();
    std::error_code error;
    if (!fs::create_directories(folder, error) && !error) return {};
    if (error) {
      return Error{ErrorCode::kUnavailable,
                   folder.string() + " cannot be made: " + error.message() +
                       "; see to the disk and the rights of archive.folder"};
    }
    ADTALLY_TRY(Sync(folder.parent_path()));
    return Sync(place().folder);
  }

  Result<void> Publish(const std::string& name) const {
    const std::string path = Path(name);
    const std::string draft = Path(ArchiveDraftName(name));
    ADTALLY_TRY(Sync(draft));
    if (rename(draft.c_str(), path.c_str()) != 0) return Failed(draft, "renamed");
    return Sync(fs::path(path).parent_path());
  }

  Result<File> Stat(const std::string& name) const {
    struct stat status {};
    if (stat(Path(name).c_str(), &status) != 0) return Failed(Path(name), "read");
    return File{.name = name,
                .bytes = static_cast<uint64_t>(status.st_size),
                .changed_s = status.st_mtim.tv_sec};
  }
};

}  // namespace

std::unique_ptr<ArchiveStorage> MakeArchiveFolder(const ArchivePlace& place) {
  return std::make_unique<ArchiveFolder>(place);
}

}  // namespace adtally
