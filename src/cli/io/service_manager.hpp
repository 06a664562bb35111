#pragma once

// Tells systemd, if it started this process, how that is. Knows no server.
// Source: sd_notify(3), sd_watchdog_enabled(3).

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace roster::cli {

/// Threads: any.
class ServiceManager {
  public:
    /// `variable`: the value of a variable of the environment.
    explicit ServiceManager(
        const std::function<std::optional<std::string>(const std::string& name)>& variable);

    /// Lines like "READY=1". Waits for a busy manager for a second at most; without one does
    /// nothing.
    void tell(std::string_view state) const noexcept;

    /// "RELOADING=1" with the time.
    void tell_reloading() const;

    /// So often "WATCHDOG=1" has to be told; nullopt: nobody waits for it.
    std::optional<std::chrono::microseconds> watchdog() const noexcept { return watchdog_; }

  private:
    // A path, or an abstract name that begins with '@'; empty: no manager.
    std::string socket_;
    std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace roster::cli
