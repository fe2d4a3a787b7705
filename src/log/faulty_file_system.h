#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>

namespace adtally {

// The machine's file system with writes that fail on demand, for tests.
class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  enum class Fault {
    kNone,
    kDiskFull,   // an append writes half of its bytes, then fails
    kSyncFails,  // appends reach the file, the sync after them fails
    kOpenFails,  // nor can new files be made
    kSyncWaits,  // a sync waits until another fault is set
  };

  FaultyFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FaultyFileSystem"; }
  void Set(Fault fault) {
    fault_ = fault;
    fault_.notify_all();
  }
  // How many syncs have begun to wait.
  int waited() const { return waited_; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* context) override {
    if (fault_ == Fault::kOpenFails) return rocksdb::IOStatus::NoSpace("injected");
    auto status = target()->NewWritableFile(name, options, result, context);
    if (status.ok()) *result = std::make_unique<File>(std::move(*result), *this);
    return status;
  }

 private:
  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSWritableFile> file, FaultyFileSystem& owner)
        : FSWritableFileOwnerWrapper(std::move(file)), owner_(owner) {}

    using FSWritableFileOwnerWrapper::Append;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* context) override {
      if (!Full()) return FSWritableFileOwnerWrapper::Append(data, options, context);
      const rocksdb::Slice half(data.data(), data.size() / 2);
      FSWritableFileOwnerWrapper::Append(half, options, context).PermitUncheckedError();
      return rocksdb::IOStatus::NoSpace("injected");
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo&,
                             rocksdb::IODebugContext* context) override {
      return Append(data, options, context);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* context) override {
      if (owner_.SyncFails()) return rocksdb::IOStatus::IOError("injected");
      return FSWritableFileOwnerWrapper::Sync(options, context);
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                            rocksdb::IODebugContext* context) override {
      if (owner_.SyncFails()) return rocksdb::IOStatus::IOError("injected");
      return FSWritableFileOwnerWrapper::Fsync(options, context);
    }

   private:
    bool Full() const {
      return owner_.fault_ == Fault::kDiskFull || owner_.fault_ == Fault::kOpenFails;
    }
    FaultyFileSystem& owner_;
  };

  bool SyncFails() {
    if (fault_ == Fault::kSyncWaits) {
      ++waited_;
      fault_.wait(Fault::kSyncWaits);
    }
    return fault_ != Fault::kNone;
  }

  std::atomic<Fault> fault_{Fault::kNone};
  std::atomic<int> waited_{0};
};

}  // namespace adtally
