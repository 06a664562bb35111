#include "server/net/deadlines.hpp"

#include <boost/asio/io_context.hpp>

namespace roster::server {

namespace asio = boost::asio;
using boost::system::error_code;

Alarm::Alarm(Socket& socket)
    : socket_(socket), deadlines_(asio::use_service<Deadlines>(socket.context())) {}

void Alarm::begin(Clock::time_point deadline) {
    deadline_ = deadline;
    is_waiting_ = true;
    went_off_ = false;
    if (!is_linked() || deadline < set_for_) deadlines_.set(*this);
}

void Alarm::cancel() {
    if (is_linked()) deadlines_.forget(*this);
}

void Alarm::look(Clock::time_point now) {
    if (!is_waiting_) return;
    if (now < deadline_) return deadlines_.set(*this);
    went_off_ = true;
    socket_.cancel();
}

Deadlines::Deadlines(asio::execution_context& context)
    : service(context), timer_(static_cast<asio::io_context&>(context)) {}

void Deadlines::set(Alarm& alarm) {
    if (alarm.is_linked()) alarms_.erase(alarms_.iterator_to(alarm));
    alarm.set_for_ = alarm.deadline_;
    alarms_.insert(alarm);
    arm();
}

// The context has nothing left to wait for after the last one.
void Deadlines::forget(Alarm& alarm) {
    alarms_.erase(alarms_.iterator_to(alarm));
    if (!alarms_.empty() || !is_armed_) return;
    is_armed_ = false;
    timer_.cancel();
}

void Deadlines::arm() {
    if (alarms_.empty()) return;
    const auto first = alarms_.begin()->set_for_;
    if (is_armed_ && armed_for_ <= first) return;
    is_armed_ = true;
    armed_for_ = first;
    timer_.expires_at(first);
    timer_.async_wait([this](const error_code& ec) {
        if (!ec) look();
    });
}

void Deadlines::look() {
    is_armed_ = false;
    const auto now = Alarm::Clock::now();
    while (!alarms_.empty() && alarms_.begin()->set_for_ <= now) {
        Alarm& alarm = *alarms_.begin();
        alarms_.erase(alarms_.begin());
        alarm.look(now);
    }
    arm();
}

}  // namespace roster::server
