#pragma once

// Builds a book from the tokens of its text, and refuses what does not belong into one.
// Knows no parser and no offset: places are numbers of tokens.

#include "storage/json/book.hpp"
#include "storage/json/unknown_members.hpp"
#include "storage/json/user_draft.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// Takes the tokens in order; each call answers whether to go on.
class BookBuilder {
  public:
    struct Problem {
        std::size_t token = 0;
        std::string text;
    };

    explicit BookBuilder(std::chrono::sys_seconds now) : now_(now) {}

    bool name(std::string_view name);
    bool string(std::string_view text);
    bool number(const JsonNumber& number);
    /// true, false or null, as it is written.
    bool literal(std::string_view text);
    bool begin_object();
    bool begin_array();
    bool end_object();
    bool end_array();

    /// After the last token.
    bool finish();

    /// Requires: a call answered false.
    const Problem& problem() const noexcept { return problem_; }

    /// Requires: `finish` answered true.
    Book take_book() { return std::move(book_); }

  private:
    enum class Level { text, book, users, user };
    enum class Member { none, unknown, format, revision, next_id, users };

    bool refuse(std::size_t token, std::string text);
    bool refuse(std::string text) { return refuse(token_, std::move(text)); }
    bool refuse(const std::optional<DraftProblem>& problem);
    bool keep_unknown(std::string_view name);
    bool top_level_name(std::string_view name);
    bool top_level_number(const JsonNumber& number);
    bool not_expected();

    bool end_user();
    bool add(const UserDraft& draft);
    bool finish_members();
    bool finish_users();
    void finish_old_book();
    void finish_revisions();

    std::chrono::sys_seconds now_;
    Book book_;
    Problem problem_;
    // The number of the token at hand.
    std::size_t token_ = static_cast<std::size_t>(-1);

    Level level_ = Level::text;
    Member member_ = Member::none;
    TokenOfName seen_;
    UnknownMembers unknown_;
    std::optional<std::uint64_t> revision_;
    std::optional<std::uint64_t> next_id_;

    UserDraft draft_;
    UserId first_user_ = 0;
    bool any_role_ = false;
    std::vector<UserDraft> without_id_;
    std::vector<UserId> without_revision_;
    Revision largest_revision_ = 0;
    std::size_t largest_revision_token_ = 0;
};

}  // namespace roster::storage
