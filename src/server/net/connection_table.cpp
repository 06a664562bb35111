#include "server/net/connection_table.hpp"

#include <algorithm>

namespace roster::server {

namespace asio = boost::asio;

namespace {

// Whoever has an IPv6 address has its whole /64.
asio::ip::address network_of(const asio::ip::address& address) {
    if (!address.is_v6()) return address;
    const asio::ip::address_v6 v6 = address.to_v6();
    if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6);
    auto bytes = v6.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return asio::ip::address_v6(bytes);
}

bool is_loopback(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
    }
    return address.is_loopback();
}

}  // namespace

ConnectionTable::Slot::Slot(ConnectionTable& table, Evictable& member,
                            const asio::ip::address& peer)
    : table_(table), member_(member) {
    admitted_ = table_.admit(*this, peer);
}

ConnectionTable::Slot::~Slot() {
    if (admitted_) table_.leave(*this);
}

void ConnectionTable::Slot::idle() {
    const std::lock_guard lock(table_.mutex_);
    if (!admitted_ || leaving_ || idle_.is_linked()) return;
    table_.idle_.push_back(*this);
    if (address_ != nullptr) address_->idle.push_back(*this);
}

void ConnectionTable::Slot::busy() {
    const std::lock_guard lock(table_.mutex_);
    table_.forget_idle(*this);
}

ConnectionTable::ConnectionTable(std::size_t total, std::size_t per_address)
    : total_(total), per_address_(per_address) {}

ConnectionTable::~ConnectionTable() = default;

bool ConnectionTable::admit(Slot& seat, const asio::ip::address& peer) {
    const std::lock_guard lock(mutex_);
    if (draining_) return false;
    if (!is_loopback(peer)) {
        const asio::ip::address network = network_of(peer);
        seat.address_ = &addresses_.try_emplace(network, network).first->second;
        ++seat.address_->count;
    }
    ++counted_;
    if (!has_room(seat.address_)) {
        release(seat);
        return false;
    }
    all_.push_back(seat);
    return true;
}

// Asked with the newcomer counted already.
bool ConnectionTable::has_room(PerAddress* address) {
    if (address != nullptr && address->count > per_address_ && !evict_longest(address->idle)) {
        return false;
    }
    return counted_ <= total_ || evict_longest(idle_);
}

// The place is free at once; the connection itself is gone a moment later.
template <class Idle>
bool ConnectionTable::evict_longest(Idle& idle) {
    if (idle.empty()) return false;
    Slot& seat = idle.front();
    forget_idle(seat);
    release(seat);
    seat.leaving_ = true;
    seat.member_.give_way();
    return true;
}

void ConnectionTable::leave(Slot& seat) {
    const std::lock_guard lock(mutex_);
    forget_idle(seat);
    if (!seat.leaving_) release(seat);
    all_.erase(all_.iterator_to(seat));
    if (all_.empty()) emptied_.notify_all();
}

void ConnectionTable::forget_idle(Slot& seat) {
    if (!seat.idle_.is_linked()) return;
    idle_.erase(idle_.iterator_to(seat));
    if (seat.address_ != nullptr) {
        seat.address_->idle.erase(seat.address_->idle.iterator_to(seat));
    }
}

void ConnectionTable::release(Slot& seat) {
    --counted_;
    if (seat.address_ == nullptr) return;
    if (--seat.address_->count == 0) addresses_.erase(addresses_.find(seat.address_->network));
    seat.address_ = nullptr;
}

void ConnectionTable::make_room() {
    const std::lock_guard lock(mutex_);
    evict_longest(idle_);
}

void ConnectionTable::drain() {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    for (Slot& seat : all_)
        seat.member_.drain();
}

void ConnectionTable::abort() {
    const std::lock_guard lock(mutex_);
    for (Slot& seat : all_)
        seat.member_.abort();
}

std::size_t ConnectionTable::size() const {
    const std::lock_guard lock(mutex_);
    return all_.size();
}

bool ConnectionTable::wait_until_empty(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    return emptied_.wait_until(lock, deadline, [this] { return all_.empty(); });
}

}  // namespace roster::server
