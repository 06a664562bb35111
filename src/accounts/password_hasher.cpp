#include "accounts/password_hasher.hpp"

#include "accounts/bounded_pool.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <thread>
#include <utility>

namespace roster::accounts {
namespace {

constexpr std::size_t kKibibyte = 1024;
constexpr std::size_t kMaxMemoryKib = 1024 * 1024;
// Of memory filled, over all passes: more than ten seconds of work.
constexpr std::uint64_t kMaxWorkKib = 16ULL * 1024 * 1024;

bool is_sodium_ready() noexcept {
    return sodium_init() >= 0;
}

// libsodium takes no null pointer, not even for no bytes.
const char* bytes_of(const Secret& password) noexcept {
    return password.empty() ? "" : password.reveal().data();
}

// A PHC string as libsodium wants it: ended by a zero, and wiped.
class CString {
  public:
    explicit CString(std::string_view text) noexcept : fits_(text.size() < bytes_.size()) {
        if (fits_) std::copy(text.begin(), text.end(), bytes_.begin());
    }
    ~CString() { sodium_memzero(bytes_.data(), bytes_.size()); }
    CString(const CString&) = delete;
    CString& operator=(const CString&) = delete;

    bool fits() const noexcept { return fits_; }
    const char* data() const noexcept { return bytes_.data(); }

  private:
    std::array<char, 512> bytes_{};
    bool fits_;
};

bool is_bearable(HashCost cost) noexcept {
    const std::uint64_t work_kib = static_cast<std::uint64_t>(cost.memory_kib) * cost.passes;
    return cost.memory_kib <= kMaxMemoryKib && work_kib <= kMaxWorkKib;
}

bool is_usable(const Secret& phc) noexcept {
    const auto cost = cost_of(phc.reveal());
    return cost && is_bearable(*cost) && CString(phc.reveal()).fits();
}

bool matches(const Secret& phc, const Secret& password) noexcept {
    const CString hash(phc.reveal());
    return crypto_pwhash_str_verify(hash.data(), bytes_of(password), password.size_bytes()) == 0;
}

bool is_outdated(const Secret& phc, HashCost cost) noexcept {
    if (!phc.reveal().starts_with(crypto_pwhash_argon2id_STRPREFIX)) return true;
    const CString hash(phc.reveal());
    return crypto_pwhash_str_needs_rehash(hash.data(), cost.passes, cost.memory_kib * kKibibyte) !=
           0;
}

class HashJob {
  public:
    HashJob(Secret password, HashCost cost) : password_(std::move(password)), cost_(cost) {}

    result<Secret> operator()() { return hash_password(password_, cost_); }

  private:
    Secret password_;
    HashCost cost_;
};

// Makes exactly one hash, whatever it is given.
class VerifyJob {
  public:
    VerifyJob(Secret phc, Secret password, HashCost cost, const Secret& dummy)
        : phc_(std::move(phc)), password_(std::move(password)), cost_(cost), dummy_(&dummy) {}

    result<Verdict> operator()() {
        Verdict verdict;
        if (phc_.empty() || !is_usable(phc_)) {
            verdict.unusable = !phc_.empty();
            matches(*dummy_, password_);
            return verdict;
        }
        verdict.matches = matches(phc_, password_);
        verdict.outdated = verdict.matches && is_outdated(phc_, cost_);
        return verdict;
    }

  private:
    Secret phc_;
    Secret password_;
    HashCost cost_;
    const Secret* dummy_;
};

bool take(std::string_view& text, std::string_view prefix) noexcept {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

template <class Number>
bool take_number(std::string_view& text, Number& number) noexcept {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

std::size_t thread_count(std::size_t wanted) noexcept {
    if (wanted != 0) return wanted;
    return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

}  // namespace

std::optional<HashCost> cost_of(std::string_view phc) noexcept {
    HashCost cost;
    unsigned version = 0;
    unsigned lanes = 0;
    const bool is_argon2 = (take(phc, "$argon2id$v=") || take(phc, "$argon2i$v=")) &&
                           take_number(phc, version) && take(phc, "$m=") &&
                           take_number(phc, cost.memory_kib) && take(phc, ",t=") &&
                           take_number(phc, cost.passes) && take(phc, ",p=") &&
                           take_number(phc, lanes) && take(phc, "$");
    if (!is_argon2) return std::nullopt;
    return cost;
}

result<Secret> hash_password(const Secret& password, HashCost cost) {
    if (!is_sodium_ready()) return Errc::internal;
    std::array<char, crypto_pwhash_STRBYTES> phc{};
    if (crypto_pwhash_str(phc.data(), bytes_of(password), password.size_bytes(), cost.passes,
                          cost.memory_kib * kKibibyte) != 0)
        return Errc::overloaded;
    Secret hash{std::string_view(phc.data())};
    sodium_memzero(phc.data(), phc.size());
    return hash;
}

class PasswordHasher::Impl {
  public:
    Impl(std::size_t threads, std::size_t max_waiting, HashCost cost)
        : todays_cost(cost), dummy(make_dummy(cost)), pool(threads, max_waiting) {}

    const HashCost todays_cost;
    // What a password is compared with where there is no hash to compare it with.
    const Secret dummy;
    BoundedPool pool;

  private:
    static Secret make_dummy(HashCost cost) {
        auto hash = hash_password(Secret("nobody"), cost);
        if (!hash)
            throw StartupError(hash.error() == Errc::overloaded ? Errc::overloaded : Errc::internal,
                               "passwords cannot be hashed: " + hash.error().message());
        return std::move(*hash);
    }
};

PasswordHasher::PasswordHasher(std::size_t threads, std::size_t max_waiting, HashCost cost)
    : impl_(std::make_unique<Impl>(thread_count(threads), max_waiting, cost)) {}

PasswordHasher::~PasswordHasher() = default;

boost::asio::awaitable<result<Secret>> PasswordHasher::hash(Secret password) {
    return impl_->pool.run(HashJob(std::move(password), impl_->todays_cost));
}

boost::asio::awaitable<result<Verdict>> PasswordHasher::verify(Secret phc, Secret password) {
    return impl_->pool.run(
        VerifyJob(std::move(phc), std::move(password), impl_->todays_cost, impl_->dummy));
}

std::uint64_t PasswordHasher::jobs() const noexcept {
    return impl_->pool.jobs();
}

}  // namespace roster::accounts
