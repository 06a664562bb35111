#pragma once

// What the throttle counts by: accounts, networks, sessions, and pairs of them; as text too, for
// the records. Knows no count.

#include "core/ip_network.hpp"

#include <roster/session.hpp>
#include <roster/user.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace roster::accounts {

/// What a key is hashed by.
using KeyWords = std::array<std::uint64_t, 4>;

/// The account that is guessed at. Where there is no such user it is the e-mail, as a digest: it
/// may well be a password that was typed into the wrong field.
class AccountKey {
  public:
    static AccountKey user(UserId id) noexcept { return {Kind::user, id}; }
    /// Compared as `fold_email` does. 64 bits of BLAKE2b.
    static AccountKey email(std::string_view email);

    /// "account:17", "email:9f86d081884c7d65".
    std::string text() const;
    static std::optional<AccountKey> parse(std::string_view text) noexcept;

    KeyWords words() const noexcept { return {static_cast<std::uint64_t>(kind_), value_, 0, 0}; }

    friend auto operator<=>(const AccountKey&, const AccountKey&) = default;

  private:
    enum class Kind : std::uint8_t { user, email };

    AccountKey(Kind kind, std::uint64_t value) noexcept : kind_(kind), value_(value) {}

    Kind kind_;
    std::uint64_t value_;
};

/// A network by itself.
struct NetworkKey {
    IpNetwork network;

    /// "192.0.2.1".
    std::string text() const { return network.text(); }
    static std::optional<NetworkKey> parse(std::string_view text);
    KeyWords words() const noexcept { return {network.family(), network.bits(), 0, 0}; }

    friend auto operator<=>(const NetworkKey&, const NetworkKey&) = default;
};

/// Who guesses at an account: whoever is in a network, or the holder of a live session of it.
struct GuesserKey {
    AccountKey account;
    std::variant<IpNetwork, SessionId> guesser;

    /// "account:17 192.0.2.1", "account:17 session:5".
    std::string text() const;
    static std::optional<GuesserKey> parse(std::string_view text);
    KeyWords words() const noexcept;

    friend auto operator<=>(const GuesserKey&, const GuesserKey&) = default;
};

/// A hash that nobody outside can aim: its key is random, and of this process alone.
/// Threads: any.
class KeyHash {
  public:
    KeyHash();

    template <class Key>
    std::size_t operator()(const Key& key) const noexcept {
        return hash(key.words());
    }

  private:
    std::size_t hash(const KeyWords& words) const noexcept;

    std::array<unsigned char, 16> secret_{};
};

}  // namespace roster::accounts
