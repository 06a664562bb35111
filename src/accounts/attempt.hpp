#pragma once

// The result of something that may be limited in rate.

#include <roster/error.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace roster::accounts {

/// As `result<T>`; if the error is `too_many_attempts`, also when to try again.
template <class T>
class Attempt {
  public:
    /// Not made yet: Asio needs a place for an answer that is still to come.
    Attempt() : result_(Errc::internal) {}
    Attempt(Errc error) : result_(error) {}
    Attempt(boost::system::error_code error) : result_(error) {}
    Attempt(result<T> answer) : result_(std::move(answer)) {}
    /// Another attempt that failed. Requires: it did.
    template <class Other>
    static Attempt failed_like(const Attempt<Other>& other) {
        Attempt attempt = other.error();
        attempt.retry_after_ = other.retry_after();
        return attempt;
    }
    /// `wait` is rounded up to whole seconds, and at least one.
    static Attempt too_many(std::chrono::nanoseconds wait) {
        Attempt attempt = Errc::too_many_attempts;
        attempt.retry_after_ =
            std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1));
        return attempt;
    }

    explicit operator bool() const noexcept { return result_.has_value(); }
    boost::system::error_code error() const noexcept { return result_.error(); }
    std::chrono::seconds retry_after() const noexcept { return retry_after_; }

    result<T>& answer() noexcept { return result_; }
    const result<T>& answer() const noexcept { return result_; }
    decltype(auto) operator*() { return *result_; }
    decltype(auto) operator*() const { return *result_; }
    auto operator->() noexcept { return result_.operator->(); }
    auto operator->() const noexcept { return result_.operator->(); }

  private:
    result<T> result_;
    std::chrono::seconds retry_after_{};
};

}  // namespace roster::accounts
