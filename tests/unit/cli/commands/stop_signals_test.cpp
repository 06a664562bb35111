#include "cli/commands/stop_signals.hpp"

#include "cli/io/service_manager.hpp"

#include <roster/audit.hpp>
#include <roster/log.hpp>
#include <roster/server.hpp>

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace roster::cli {
namespace {

// In the place of systemd; the system chooses an abstract name.
class Manager {
  public:
    Manager() : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        socklen_t size = sizeof(sa_family_t);
        EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
        size = sizeof address;
        EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        name_ = "@" + std::string(address.sun_path + 1, size - offsetof(sockaddr_un, sun_path) - 1);
    }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    ~Manager() { ::close(socket_); }

    const std::string& name() const noexcept { return name_; }

    std::string told() const {
        std::array<char, 256> text{};
        const ssize_t size = ::recv(socket_, text.data(), text.size(), 0);
        return size < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(size));
    }

  private:
    int socket_;
    std::string name_;
};

// Its threads answer from the third question on.
class SlowServer final : public Server {
  public:
    std::string classic_endpoint() const override { return "off"; }
    std::string http_endpoint() const override { return "off"; }
    std::string admin_socket_endpoint() const override { return "off"; }
    void stop() override {}
    void reload_certificate() override {}
    void ask_threads(std::function<void()> answered) override {
        const std::lock_guard lock(mutex_);
        if (++questions_ >= 3) answered();
    }
    void wait() override {}

    int questions() const {
        const std::lock_guard lock(mutex_);
        return questions_;
    }

  private:
    mutable std::mutex mutex_;
    int questions_ = 0;
};

TEST(StopSignals, TellsNothingOfAServerWhoseThreadsDoNotAnswer) {
    const Manager manager;
    const ServiceManager service([&](const std::string& name) -> std::optional<std::string> {
        if (name == "NOTIFY_SOCKET") return manager.name();
        if (name == "WATCHDOG_USEC") return "2000";
        return std::nullopt;
    });
    SlowServer server;
    const auto audit = open_audit_log("off", AuditOptions());
    StopSignals signals(log_or_silent(nullptr), service);
    signals.forward_to(server, *audit);
    EXPECT_EQ(manager.told(), "WATCHDOG=1");
    EXPECT_GE(server.questions(), 3);
    signals.forget();
}

TEST(ServiceManager, LeavesANameOutThatIsTooLong) {
    const ServiceManager service([](const std::string& name) -> std::optional<std::string> {
        if (name == "NOTIFY_SOCKET") return std::string(200, 'x');
        return std::nullopt;
    });
    EXPECT_NO_THROW(service.tell("READY=1"));
    EXPECT_FALSE(service.watchdog());
}

}  // namespace
}  // namespace roster::cli
