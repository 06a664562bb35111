#include "server/net/connection_table.hpp"

namespace roster::server {

ConnectionTable::Slot::Slot(ConnectionTable& table, Evictable& connection, const PeerAddress& peer)
    : table_(table), connection_(connection) {
    const auto loopback = boost::asio::ip::address_v4::loopback();
    admitted_ = table_.admit(*this, IpNetwork(peer.value_or(loopback)));
}

ConnectionTable::Slot::~Slot() {
    if (admitted_) table_.remove(*this);
}

// Either this sees that the slot is not listed any more, or `relist_if_used` sees the new time.
void ConnectionTable::Slot::idle(Time since, bool again) {
    if (!again && idle_since_.load() != kBusy) return;
    idle_since_ = since;
    if (is_listed_) return;
    const std::lock_guard lock(table_.mutex_);
    if (admitted_ && !evicted_) table_.list_idle(*this, since);
}

bool ConnectionTable::admit(Slot& slot, const IpNetwork& network) {
    const std::lock_guard lock(mutex_);
    if (closing_) return false;
    if (!network.is_loopback()) {
        slot.network_ = &networks_.try_emplace(network, network).first->second;
        ++slot.network_->count;
    }
    ++counted_;
    if (!is_within_caps(slot.network_)) {
        release(slot);
        return false;
    }
    all_.push_back(slot);
    return true;
}

// Called after the new connection has been counted.
bool ConnectionTable::is_within_caps(PerNetwork* network) {
    if (network != nullptr && network->count > per_network_ && !evict_first(network->idle)) {
        return false;
    }
    return counted_ <= total_ || evict_first(idle_);
}

// The slot is free at once; the connection itself closes a moment later.
template <class Idle>
bool ConnectionTable::evict_first(Idle& idle) {
    while (!idle.empty()) {
        Slot& slot = *idle.begin();
        if (relist_if_used(slot)) continue;
        unlist_idle(slot);
        release(slot);
        slot.evicted_ = true;
        slot.connection_.request_close(CloseReason::evicted);
        return true;
    }
    return false;
}

// Each request makes this necessary once, however many evictions there are.
bool ConnectionTable::relist_if_used(Slot& slot) {
    if (slot.idle_since_.load() == slot.listed_since_) return false;
    unlist_idle(slot);
    const Time since = slot.idle_since_;
    if (since != Slot::kBusy) list_idle(slot, since);
    return true;
}

void ConnectionTable::remove(Slot& slot) {
    const std::lock_guard lock(mutex_);
    unlist_idle(slot);
    if (!slot.evicted_) release(slot);
    all_.erase(all_.iterator_to(slot));
    if (all_.empty()) emptied_.notify_all();
}

// `since`: what it was idle since a moment ago; never `kBusy`.
void ConnectionTable::list_idle(Slot& slot, Time since) {
    if (slot.is_listed_.exchange(true)) return;
    slot.listed_since_ = since;
    idle_.insert(slot);
    if (slot.network_ != nullptr) slot.network_->idle.insert(slot);
}

void ConnectionTable::unlist_idle(Slot& slot) {
    if (!slot.idle_.is_linked()) return;
    idle_.erase(idle_.iterator_to(slot));
    if (slot.network_ != nullptr) slot.network_->idle.erase(slot.network_->idle.iterator_to(slot));
    slot.is_listed_ = false;
}

void ConnectionTable::release(Slot& slot) {
    --counted_;
    if (slot.network_ == nullptr) return;
    if (--slot.network_->count == 0) networks_.erase(networks_.find(slot.network_->network));
    slot.network_ = nullptr;
}

void ConnectionTable::evict_longest_idle() {
    const std::lock_guard lock(mutex_);
    evict_first(idle_);
}

void ConnectionTable::close_all(CloseReason reason) {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (Slot& slot : all_)
        slot.connection_.request_close(reason);
}

std::size_t ConnectionTable::size() const {
    const std::lock_guard lock(mutex_);
    return counted_;
}

bool ConnectionTable::claim_unsent(std::size_t bytes) noexcept {
    if (unsent_bytes_.fetch_add(bytes) + bytes <= kMostUnsentBytes) return true;
    unsent_bytes_ -= bytes;
    return false;
}

bool ConnectionTable::wait_until_empty(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    return emptied_.wait_until(lock, deadline, [this] { return all_.empty(); });
}

}  // namespace roster::server
