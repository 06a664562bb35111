#include "audit/folded_audit_log.hpp"

#include "audit/audit_format.hpp"
#include "core/address.hpp"

#include <exception>
#include <utility>

namespace roster::audit {
namespace {

constexpr std::chrono::hours kHour{1};
// In a key, before the action.
constexpr char kSeparator = '\n';

bool is_user(const std::string& text) noexcept {
    return text.starts_with("user ");
}

bool has_succeeded(const AuditEvent& event) noexcept {
    return event.outcome == "ok";
}

// The operator at the machine, or an administrator's work.
bool is_always_passed_on(const AuditEvent& event) noexcept {
    if (event.address.empty()) return true;
    return has_succeeded(event) && is_user(event.actor) && is_user(event.target) &&
           event.target != event.actor;
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

}  // namespace

FoldedAuditLog::FoldedAuditLog(std::unique_ptr<AuditLog> log, Now now, FoldingLimits limits)
    : log_(std::move(log)),
      now_(std::move(now)),
      succeeded_(limits.succeeded),
      refused_(limits.refused),
      began_(now_()),
      thread_([this](const std::stop_token& stop) { wait_for_hours(stop); }) {}

FoldedAuditLog::~FoldedAuditLog() {
    thread_ = {};
    pass_on_what_is_counted();
}

void FoldedAuditLog::record(AuditEvent event) noexcept {
    end_hour_if_over();
    // The last line of a server is its stop.
    if (event.action == "server_stop") pass_on_what_is_counted();
    try {
        if (!is_always_passed_on(event) && !take(event)) return;
    } catch (const std::exception&) {  // out of memory: better a line too many
    }
    log_->record(std::move(event));
}

// Whether it becomes a line; with the sum, if it does.
bool FoldedAuditLog::take(AuditEvent& event) {
    const std::string key = key_of(event);
    shorten(event);
    const std::lock_guard lock(mutex_);
    Room& room = has_succeeded(event) ? succeeded_ : refused_;
    Folded& folded = find_or_insert(room, key);
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

FoldedAuditLog::Folded& FoldedAuditLog::find_or_insert(Room& room, const std::string& key) {
    const auto found = room.keys.find(key);
    if (found != room.keys.end()) return found->second;
    const bool is_full = room.keys.size() >= room.limits.keys;
    return room.keys[is_full ? key.substr(key.find(kSeparator)) : key];
}

void FoldedAuditLog::end_hour_if_over() noexcept {
    const auto now = now_();
    {
        const std::lock_guard lock(mutex_);
        // Also if the clock was set back.
        if (now >= began_ && now < began_ + kHour) return;
    }
    pass_on_what_is_counted();
}

void FoldedAuditLog::pass_on_what_is_counted() noexcept {
    const auto now = now_();
    Room succeeded(succeeded_.limits);
    Room refused(refused_.limits);
    {
        const std::lock_guard lock(mutex_);
        std::swap(succeeded, succeeded_);
        std::swap(refused, refused_);
        began_ = now;
    }
    for (Room* room : {&succeeded, &refused}) {
        for (auto& [key, folded] : room->keys) {
            if (folded.counted == 0) continue;
            folded.last.count = folded.counted;
            log_->record(std::move(folded.last));
        }
    }
}

void FoldedAuditLog::wait_for_hours(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    while (!stopped.wait_for(lock, stop, std::chrono::minutes(1),
                             [&stop] { return stop.stop_requested(); }))
        end_hour_if_over();
}

}  // namespace roster::audit
