#include "app/secrets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "reporting/key_secret.h"

namespace adtally {
namespace {

Error FileError(const std::string& path, std::string_view what) {
  return {ErrorCode::kUnavailable, fmt::format("{}: {}: {}", path, what, std::strerror(errno))};
}

Result<std::string> ReadSecret(const std::string& path) {
  std::ifstream file(path);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  if (!file.is_open()) return FileError(path, "cannot be read");
  if (text.empty()) {
    return Error{ErrorCode::kCorrupt, path + ": is empty; delete it to have a new key made"};
  }
  return text;
}

Result<void> WriteDurably(int file, const std::string& path, const std::string& text) {
  if (::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fsync(file) != 0) {
    return FileError(path, "cannot be written");
  }
  return {};
}

// The folder's entry of a new file is as durable as the file only once the folder is synced.
Result<void> SyncFolder(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = folder >= 0 && ::fsync(folder) == 0;
  const Error error = FileError(path, "cannot be synced");
  if (folder >= 0) ::close(folder);
  if (!synced) return error;
  return {};
}

// A secret that can stand in the configuration or in a file, but not in both.
Result<std::string> SecretOrFile(std::string_view option, const std::string& secret,
                                 const std::string& file) {
  if (file.empty()) return secret;
  if (!secret.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{0} and {0}_file are both set; leave one out", option)};
  }
  auto read = ReadSecret(file);
  if (!read.ok()) return std::move(read).error().WithContext(fmt::format("{}_file", option));
  return read;
}

}  // namespace

Result<std::string> ReadOrMakeSecret(const std::string& path,
                                     const std::function<std::string()>& make) {
  if (::access(path.c_str(), F_OK) == 0) return ReadSecret(path);
  // Written aside and renamed, so that a kill never leaves half a key.
  const std::string draft = path + ".new";
  ::unlink(draft.c_str());
  const int file =
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return FileError(draft, "cannot be created");
  std::string secret = make();
  auto written = WriteDurably(file, draft, secret + "\n");
  ::close(file);
  ADTALLY_TRY(std::move(written));
  if (::rename(draft.c_str(), path.c_str()) != 0) return FileError(path, "cannot be created");
  ADTALLY_TRY(SyncFolder(std::filesystem::path(path).parent_path()));
  return secret;
}

Result<std::string> AdminKey(const Config& config, const std::string& data_dir) {
  if (!config.auth_admin_key.empty()) return config.auth_admin_key;
  return ReadOrMakeSecret(data_dir + "/admin.key", NewApiKey);
}

std::string SessionSecret(const std::string& admin_key) {
  constexpr std::string_view kSalt = "adtally session secret 1";
  constexpr uint64_t kCost = 1 << 14, kBlockSize = 8, kParallel = 1, kMaxBytes = 64 << 20;
  std::string secret(32, '\0');
  const int made = EVP_PBE_scrypt(admin_key.data(), admin_key.size(),
                                  reinterpret_cast<const unsigned char*>(kSalt.data()),
                                  kSalt.size(), kCost, kBlockSize, kParallel, kMaxBytes,
                                  reinterpret_cast<unsigned char*>(secret.data()), secret.size());
  ADTALLY_CHECK(made == 1, "OpenSSL refuses scrypt");
  return secret;
}

Result<std::string> StorePassword(const Config& config) {
  return SecretOrFile("store.password", config.store_password, config.store_password_file);
}

Result<std::string> ArchiveSecret(const Config& config) {
  return SecretOrFile("archive.s3_secret", config.archive_s3_secret, config.archive_s3_secret_file);
}

Result<std::string> StoreServerPassword(const std::string& data_dir) {
  return ReadOrMakeSecret(data_dir + "/store.key", NewApiKey);
}

Result<TokenKeys> LinkKeys(const Config& config, const std::string& data_dir) {
  TokenKeys keys;
  keys.secrets = config.links_keys;
  keys.signing_key_id = static_cast<uint32_t>(config.links_signing_key);
  if (keys.signing_key_id != 0 || !keys.secrets.empty()) return keys;
  ADTALLY_ASSIGN(keys.secrets[1], ReadOrMakeSecret(data_dir + "/links.key", NewApiKey));
  keys.signing_key_id = 1;
  return keys;
}

}  // namespace adtally
