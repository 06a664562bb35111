// 1. What an administrator did to another user or to all, and what came from the machine itself, is
//    passed on.
// 2. Everything else has a key: if it succeeded, the user (or else the network) and the action; if
//    it was refused, the network, the action and the outcome. The first events of a key are passed
//    on, then the next ones that make a power of ten; what is between is counted, and the next line
//    has the sum.
// 3. After an hour, and at the end, what was only counted is passed on, and all counts are dropped.

#include "audit/folded_audit_log.hpp"

#include "audit/audit_format.hpp"
#include "core/address.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace roster::audit {
namespace {

// In a key, before the action.
constexpr char kSeparator = '\n';

bool is_user(const std::string& text) noexcept {
    return text.starts_with("user ");
}

bool has_succeeded(const AuditEvent& event) noexcept {
    return event.outcome == "ok";
}

bool is_always_passed_on(const AuditEvent& event) noexcept {
    const bool is_administration =
        is_user(event.actor) && is_user(event.target) && event.target != event.actor;
    constexpr std::array<std::string_view, 4> kOfAllUsers{"import", "backup", "export", "forgive"};
    const bool is_of_all =
        std::find(kOfAllUsers.begin(), kOfAllUsers.end(), event.action) != kOfAllUsers.end();
    return event.address.empty() || (has_succeeded(event) && (is_administration || is_of_all));
}

// How many are passed on one by one. What costs a hash is no cheap flood, and each may matter.
std::uint64_t single_events_of(const AuditEvent& event) noexcept {
    const bool is_guess = event.outcome == name_of(Errc::invalid_credentials) ||
                          event.outcome == name_of(Errc::account_disabled);
    return has_succeeded(event) || is_guess ? 100 : 1;
}

bool is_power_of_ten(std::uint64_t number) noexcept {
    while (number >= 10 && number % 10 == 0)
        number /= 10;
    return number == 1;
}

std::string key_of(const AuditEvent& event) {
    const std::string kind = kSeparator + event.action + kSeparator + event.outcome;
    if (has_succeeded(event) && is_user(event.actor)) return event.actor + kind;
    const auto network = IpNetwork::parse(event.address);
    return (network ? network->text() : event.address) + kind;
}

class FoldedAuditLog final : public AuditLog {
  public:
    FoldedAuditLog(std::unique_ptr<AuditLog> log, std::function<AuditTime()> now,
                   const FoldingLimits& limits)
        : log_(std::move(log)),
          now_(std::move(now)),
          rooms_{Room(limits.refused), Room(limits.succeeded)},
          began_(now_()),
          thread_([this](const std::stop_token& stop) { wait_for_hours(stop); }) {}
    FoldedAuditLog(const FoldedAuditLog&) = delete;
    FoldedAuditLog& operator=(const FoldedAuditLog&) = delete;
    ~FoldedAuditLog() override {
        thread_ = {};
        begin_hour();
    }

    void record(AuditEvent event) noexcept override {
        // The last line of a server is its stop.
        begin_hour_if(event.action == "server_stop");
        try {
            if (!is_always_passed_on(event) && !take(event)) return;
        } catch (const std::exception&) {  // out of memory: better a line too many
        }
        log_->record(std::move(event));
    }

    std::uint64_t lost() const noexcept override { return log_->lost(); }
    void reopen() noexcept override { log_->reopen(); }

  private:
    struct Folded {
        std::uint64_t events = 0;
        std::uint64_t counted = 0;
        // Of those that were counted.
        AuditEvent last;
    };
    struct Room {
        explicit Room(const FoldingRoom& its_limits) : limits(its_limits) {}

        FoldingRoom limits;
        std::uint64_t single_events = 0;
        std::map<std::string, Folded> keys;
    };

    // Whether it becomes a line; with the sum, if it does.
    bool take(AuditEvent& event) {
        const std::string key = key_of(event);
        shorten(event);
        const std::lock_guard lock(mutex_);
        Room& room = rooms_[has_succeeded(event) ? 1 : 0];
        const bool is_shared = room.keys.size() >= room.limits.keys && !room.keys.contains(key);
        Folded& folded = room.keys[is_shared ? key.substr(key.find(kSeparator)) : key];
        ++folded.events;
        const bool is_single = folded.events > 1 && folded.events <= single_events_of(event) &&
                               room.single_events < room.limits.single_events;
        if (is_single) ++room.single_events;
        if (is_single || is_power_of_ten(folded.events)) {
            event.count += std::exchange(folded.counted, 0);
            return true;
        }
        folded.counted += event.count;
        folded.last = std::move(event);
        return false;
    }

    void begin_hour_if(bool must) noexcept {
        {
            const auto now = now_();
            const std::lock_guard lock(mutex_);
            // Over also if the clock was set back.
            const bool is_over = now < began_ || now >= began_ + std::chrono::hours(1);
            if (!must && !is_over) return;
        }
        begin_hour();
    }

    // Passes on what was only counted.
    void begin_hour() noexcept {
        std::array<std::map<std::string, Folded>, 2> old;
        {
            const auto now = now_();
            const std::lock_guard lock(mutex_);
            for (std::size_t i = 0; i < rooms_.size(); ++i) {
                old[i].swap(rooms_[i].keys);
                rooms_[i].single_events = 0;
            }
            began_ = now;
        }
        for (auto& keys : old) {
            for (auto& [key, folded] : keys) {
                if (folded.counted == 0) continue;
                folded.last.count = folded.counted;
                log_->record(std::move(folded.last));
            }
        }
    }

    void wait_for_hours(const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        while (!stopped.wait_for(lock, stop, std::chrono::minutes(1),
                                 [&stop] { return stop.stop_requested(); }))
            begin_hour_if(false);
    }

    std::unique_ptr<AuditLog> log_;
    std::function<AuditTime()> now_;
    std::mutex mutex_;
    // Guarded by mutex_: what was refused, and what succeeded.
    std::array<Room, 2> rooms_;
    AuditTime began_;
    std::jthread thread_;
};

}  // namespace

std::unique_ptr<AuditLog> fold_floods(std::unique_ptr<AuditLog> log, std::function<AuditTime()> now,
                                      FoldingLimits limits) {
    return std::make_unique<FoldedAuditLog>(std::move(log), std::move(now), limits);
}

}  // namespace roster::audit
