#pragma once

// Looking after stores that nobody serves: what is wrong with one, and what can be saved of it.

#include <roster/error.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

struct Finding {
    enum class Kind {
        /// Good to know; a start takes it as it is.
        note,
        /// A start refuses this.
        damage,
    };

    Kind kind = Kind::note;
    /// With file and place.
    std::string text;
};

struct StoreReport {
    std::vector<Finding> findings;
    /// Users that can be read.
    std::uint64_t users = 0;

    bool is_sound() const noexcept;
};

/// Looks a store over, and changes nothing.
///
/// Throws: `StartupError` with `invalid_request` (no such kind of URL) or `store_unavailable`.
StoreReport check_store(std::string_view url);

/// What a repair would do.
class StoreRepair {
  public:
    virtual ~StoreRepair() = default;

    /// In order, for people; empty where there is nothing to do.
    virtual const std::vector<std::string>& steps() const = 0;

    /// Does it. What was damaged stays beside, under another name.
    /// Throws: `StartupError` with `store_unavailable`.
    virtual void carry_out() = 0;
};

/// Plans a repair, and changes nothing. The store stays locked until the plan is destroyed.
///
/// Throws: `StartupError` with `store_locked`, `invalid_request` or `store_unavailable`.
std::unique_ptr<StoreRepair> plan_repair(std::string_view url);

}  // namespace roster::storage
