#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "base/check.h"
#include "testing/temporary_folder.h"

namespace adtally {

// A real S3 server, versitygw, on a free port of 127.0.0.1 with one bucket in a temporary folder.
// It starts with the object and is killed with it. Not thread-safe.
class S3Server {
 public:
  static constexpr char kKey[] = "test-key";
  static constexpr char kSecret[] = "a-secret-of-the-tests";

  explicit S3Server(std::string program) : program_(std::move(program)), port_(FreePort()) {
    ADTALLY_CHECK(std::filesystem::exists(program_),
                  program_ + " is missing: run scripts/install test");
    std::filesystem::create_directory(folder_.path() + "/bucket");
    Start();
  }
  S3Server(const S3Server&) = delete;
  S3Server& operator=(const S3Server&) = delete;
  ~S3Server() { Kill(); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/bucket/pre"; }
  // Where the object of a name below url() is as a file.
  std::string FileOf(const std::string& name) const {
    return folder_.path() + "/bucket/pre/" + name;
  }

  // Starts it again, on the same port and folder; returns when it takes connections.
  void Start() {
    const std::string listen = "127.0.0.1:" + std::to_string(port_);
    std::string arguments[] = {program_, "--port", listen, "posix", folder_.path()};
    char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                    arguments[3].data(), arguments[4].data(), nullptr};
    std::string variables[] = {std::string("ROOT_ACCESS_KEY=") + kKey,
                               std::string("ROOT_SECRET_KEY=") + kSecret};
    char* environment[] = {variables[0].data(), variables[1].data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    const int failed =
        posix_spawn(&process_, program_.c_str(), &actions, nullptr, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    ADTALLY_CHECK(failed == 0, "cannot start " + program_);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!TakesConnections()) {
      ADTALLY_CHECK(std::chrono::steady_clock::now() < deadline, "the S3 server does not start");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  // With SIGKILL. Thread-safe beside everything but itself and Start.
  void Kill() {
    if (process_ == 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = 0;
  }

 private:
  static sockaddr_in Address(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  static int FreePort() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Address(0);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    ADTALLY_CHECK(bind(listener, any, size) == 0 && getsockname(listener, any, &size) == 0,
                  "no free port");
    close(listener);
    return ntohs(address.sin_port);
  }

  bool TakesConnections() const {
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Address(port_);
    const bool taken =
        connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    close(client);
    return taken;
  }

  const std::string program_;
  const int port_;
  TemporaryFolder folder_;
  pid_t process_ = 0;
};

}  // namespace adtally
