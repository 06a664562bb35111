#include "accounts/account_events.hpp"

namespace roster::accounts {
namespace {

std::string name_of_outcome(const boost::system::error_code& outcome) {
    if (!outcome) return "ok";
    if (outcome.category() != error_category()) return "internal";
    return std::string(name_of(static_cast<Errc>(outcome.value())));
}

}  // namespace

std::string user_target(UserId id) {
    return "user " + std::to_string(id);
}

std::string email_target(std::string_view email) {
    return std::string("email ").append(email);
}

std::string actor_of(const RequestContext& who) {
    if (who.principal.id() != 0) return user_target(who.principal.id());
    const bool is_operator = who.principal.is_operator() && who.client.channel == Channel::local;
    return is_operator ? "operator" : "anonymous";
}

void AccountEvents::record(const RequestContext& who, std::string_view action, std::string target,
                           boost::system::error_code outcome, std::uint64_t count,
                           std::string detail) const {
    std::string name = name_of_outcome(outcome);
    {
        const std::lock_guard lock(counted_->mutex);
        ++counted_->counts[std::pair(std::string(action), name)];
    }
    if (!log_) return;
    AuditEvent event;
    event.actor = actor_of(who);
    if (who.client.address) event.address = who.client.address->to_string();
    event.action = action;
    event.target = std::move(target);
    event.outcome = std::move(name);
    event.request_id = who.client.request_id;
    event.count = count;
    event.detail = std::move(detail);
    log_->record(std::move(event));
}

AccountEvents::Counts AccountEvents::counts() const {
    const std::lock_guard lock(counted_->mutex);
    return counted_->counts;
}

}  // namespace roster::accounts
