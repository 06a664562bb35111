#pragma once

// Keeps a flood from washing the audit log out: of what strangers can repeat without end only some
// events become lines, each with the number of those it stands for.
//
// 1. What an administrator did to another user, and what came from the machine itself, is passed
// on.
// 2. Everything else has a key: what succeeded, the user (or else the network) and the action; what
//    was refused, the network, the action and the outcome. The first events of a key are passed on,
//    a hundred of a log-in or of what succeeded and one of any other refusal, then the next ones
//    that make a power of ten. The others are counted, and the next line has the sum.
// 3. After an hour, and at the end, what was only counted is passed on, and all counts are dropped.
//
// What succeeded and what was refused have separate rooms: a flood of refusals hides no change.
// docs/AUDIT.md describes it for people.

#include <roster/audit.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace roster::audit {

/// Bounds the lines of an hour: about `single_events`, and a few for each of `keys`.
struct FoldingRoom {
    /// Further networks or users share one key for each action and outcome.
    std::size_t keys = 0;
    /// Then there are only lines at powers of ten.
    std::uint64_t single_events = 0;
};

struct FoldingLimits {
    // All keys together fit into the queue of the writer when the hour ends.
    FoldingRoom succeeded{5'000, 20'000};
    FoldingRoom refused{1'000, 5'000};
};

class FoldedAuditLog final : public AuditLog {
  public:
    using Now = std::function<std::chrono::system_clock::time_point()>;

    FoldedAuditLog(std::unique_ptr<AuditLog> log, Now now, FoldingLimits limits = FoldingLimits());
    FoldedAuditLog(const FoldedAuditLog&) = delete;
    FoldedAuditLog& operator=(const FoldedAuditLog&) = delete;
    ~FoldedAuditLog() override;

    void record(AuditEvent event) noexcept override;
    void reopen() noexcept override { log_->reopen(); }

    /// Passes on what was only counted, if the hour is over. Also done once a minute.
    void end_hour_if_over() noexcept;

  private:
    struct Folded {
        std::uint64_t events = 0;
        std::uint64_t counted = 0;
        /// The last one that was only counted.
        AuditEvent last;
    };
    struct Room {
        explicit Room(const FoldingRoom& room) : limits(room) {}

        FoldingRoom limits;
        std::uint64_t single_events = 0;
        std::map<std::string, Folded> keys;
    };

    bool take(AuditEvent& event);
    static Folded& find_or_insert(Room& room, const std::string& key);
    void pass_on_what_is_counted() noexcept;
    void wait_for_hours(const std::stop_token& stop);

    std::unique_ptr<AuditLog> log_;
    Now now_;
    std::mutex mutex_;
    // Guarded by mutex_.
    Room succeeded_;
    Room refused_;
    std::chrono::system_clock::time_point began_;
    std::jthread thread_;
};

}  // namespace roster::audit
