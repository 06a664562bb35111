#pragma once

// The answers to requests with an Idempotency-Key, so that a client that did not get one can ask
// again. Knows no route. Source: draft-ietf-httpapi-idempotency-key-header.

#include "protocol/http/response.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace roster::server {

/// In memory: at most 10,000 answers of 8 MiB together, each for a day; the oldest go first.
/// Threads: any.
class RepeatedRequests {
  public:
    using Response = protocol::http::Response;
    using Clock = std::chrono::steady_clock;
    using Digest = std::array<unsigned char, 32>;

    enum class State : std::uint8_t {
        /// It is the first: it is to be answered in a `Turn`.
        fresh,
        /// The first is under way.
        running,
        /// The key was used with another body.
        other_body,
        /// The answer is there.
        answered,
    };
    struct Found {
        State state = State::fresh;
        Response answer;
    };

    /// `asker`: a number of the one who asks; everybody has their own keys.
    Found begin(std::uint64_t asker, std::string_view key, std::string_view body,
                Clock::time_point now);

    /// Of a first request. At its end the key is free again, unless an answer was kept.
    /// Lifetime: the requests outlive it.
    class Turn {
      public:
        Turn(RepeatedRequests& requests, std::uint64_t asker, std::string_view key);
        ~Turn() { requests_.end(key_, nullptr); }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

        void keep(const Response& answer) { requests_.end(key_, &answer); }

      private:
        RepeatedRequests& requests_;
        const Digest key_;
    };

  private:
    struct Entry {
        Digest key;
        Digest body;
        Clock::time_point begun_at;
        std::optional<Response> answer;
        std::size_t bytes = 0;
    };
    using Entries = std::list<Entry>;

    void end(const Digest& key, const Response* answer);
    void drop_old(Clock::time_point now);
    void erase(Entries::iterator entry);

    std::mutex mutex_;
    // The oldest first.
    Entries entries_;
    std::map<Digest, Entries::iterator> by_key_;
    std::size_t bytes_ = 0;
};

}  // namespace roster::server
