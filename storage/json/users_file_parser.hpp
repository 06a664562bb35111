#pragma once

// Builds a book from the tokens of its text, and refuses what does not belong into one.
// Knows no parser and no offset: places are numbers of tokens.

#include "core/json/json_parser.hpp"
#include "core/json/raw_json.hpp"
#include "storage/json/user_parser.hpp"
#include "storage/json/users_document.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace roster::storage {

class UsersFileParser final : public JsonHandler {
  public:
    explicit UsersFileParser(std::chrono::sys_seconds now) : now_(now) {}

    bool name(std::string_view name) override;
    bool string(std::string_view text) override;
    bool number(const JsonNumber& number) override;
    bool literal(std::string_view text) override;
    bool begin_object() override;
    bool end_object() override;
    bool begin_array() override;
    bool end_array() override;

    /// After the last token.
    bool finish();

    /// Requires: a call answered false.
    const DraftProblem& problem() const noexcept { return problem_; }

    /// Requires: `finish` answered true.
    UsersDocument take_book() { return std::move(book_); }

    /// What stood before the place where a call answered false, or the parser stopped.
    const UsersDocument& partial_book() const noexcept { return book_; }
    std::optional<std::uint64_t> revision() const noexcept { return revision_; }
    std::optional<std::uint64_t> next_id() const noexcept { return next_id_; }

  private:
    enum class Level { text, book, users, user };
    enum class Member { none, unknown, format, revision, next_id, users };

    bool refuse(std::size_t token, std::string text);
    bool refuse(std::string text) { return refuse(token_, std::move(text)); }
    bool refuse(std::optional<DraftProblem> problem);
    bool top_level_name(std::string_view name);
    bool top_level_number(const JsonNumber& number);
    bool not_expected();

    bool end_user();
    bool finish_members();
    bool finish_users();
    void finish_old_book();

    std::chrono::sys_seconds now_;
    UsersDocument book_;
    DraftProblem problem_;
    // The number of the token at hand.
    std::size_t token_ = static_cast<std::size_t>(-1);

    Level level_ = Level::text;
    Member member_ = Member::none;
    TokenOfName seen_;
    RawJson unknown_;
    std::optional<std::uint64_t> revision_;
    std::optional<std::uint64_t> next_id_;

    UserParser draft_;
    UserId first_user_ = 0;
    bool any_role_ = false;
    Revision largest_revision_ = 0;
    std::size_t largest_revision_token_ = 0;
    Revision largest_credentials_ = 0;
    std::size_t largest_credentials_token_ = 0;
};

}  // namespace roster::storage
