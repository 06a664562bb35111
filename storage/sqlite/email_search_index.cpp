#include "storage/sqlite/email_search_index.hpp"

#include "storage/sqlite/user_rows.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

// New users go into the index so many at a time: each of these times costs some pages of the log.
// Those who are not in it yet are looked at by every search for a text.
constexpr UserId kUsersPerCatchUp = 256;

std::optional<std::string> email_of(Connection& connection, UserId id) {
    Query query = connection.query("SELECT email_folded FROM users WHERE id = ?");
    query.bind(id);
    if (!query.step()) return std::nullopt;
    return std::string(query.text(0));
}

constexpr std::string_view kTerms = "SELECT term, doc FROM user_search_terms";

// More trigrams than the rarest ones, or much more frequent ones, rule out less than they cost.
constexpr std::size_t kMaxTrigrams = 6;
constexpr std::uint64_t kMaxFrequencyRatio = 8;

// As SQLite's tokenizer cuts them: three characters of UTF-8, each once a text.
std::vector<std::string_view> trigrams_of(std::string_view email) {
    std::vector<std::size_t> ends;
    for (std::size_t i = 0; i < email.size(); ++i)
        if ((static_cast<unsigned char>(email[i]) & 0xC0U) != 0x80) ends.push_back(i);
    ends.push_back(email.size());
    std::vector<std::string_view> trigrams;
    for (std::size_t i = 3; i < ends.size(); ++i)
        trigrams.push_back(email.substr(ends[i - 3], ends[i] - ends[i - 3]));
    std::sort(trigrams.begin(), trigrams.end());
    trigrams.erase(std::unique(trigrams.begin(), trigrams.end()), trigrams.end());
    return trigrams;
}

// SQLite's tokenizer writes U+FFFD for the two characters that no text should have.
std::string as_tokenized(std::string_view email) {
    std::string text(email);
    constexpr std::string_view kBegin = "\xef\xbf";
    for (auto at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at + 1))
        if (at + 2 < text.size() && (text[at + 2] == '\xbe' || text[at + 2] == '\xbf'))
            text[at + 2] = '\xbd';
    return text;
}

std::string quoted(std::string_view term) {
    std::string text = "\"";
    for (const char c : term)
        text += c == '"' ? std::string(2, '"') : std::string(1, c);
    return text + '"';
}

}  // namespace

void EmailSearchChanges::note(UserId id) {
    if (id > indexed_up_to_ || before_.contains(id)) return;
    if (auto email = email_of(connection_, id)) before_.emplace(id, std::move(*email));
}

void EmailSearchChanges::write(UserId last_id) {
    for (const auto& [id, before] : before_) {
        const auto after = email_of(connection_, id);
        if (after == before) continue;
        connection_
            .query(
                "INSERT INTO user_search (user_search, rowid, email_folded) VALUES ('delete', "
                "?, ?)")
            .bind(id)
            .bind(std::string_view(before))
            .run();
        if (!after) continue;
        connection_.query("INSERT INTO user_search (rowid, email_folded) VALUES (?, ?)")
            .bind(id)
            .bind(std::string_view(*after))
            .run();
    }
    if (last_id >= indexed_up_to_ + kUsersPerCatchUp) catch_up(last_id);
}

void EmailSearchChanges::catch_up(UserId last_id) {
    connection_
        .query(
            "INSERT INTO user_search (rowid, email_folded) SELECT id, email_folded FROM users "
            "WHERE id > ? ORDER BY id")
        .bind(indexed_up_to_)
        .run();
    indexed_up_to_ = last_id;
    write_meta(connection_, "search_up_to", last_id);
}

std::string EmailSearchTerms::match_of(Connection& connection, std::string_view text) {
    const auto counts = counts_now(connection);
    std::vector<std::pair<std::uint64_t, std::string_view>> terms;
    for (const std::string_view trigram : trigrams_of(text)) {
        const auto known = counts->find(std::string(trigram));
        terms.emplace_back(known == counts->end() ? 0 : known->second, trigram);
    }
    std::sort(terms.begin(), terms.end());
    const std::uint64_t most = std::max<std::uint64_t>(terms.front().first, 1) * kMaxFrequencyRatio;
    std::string match = quoted(terms.front().second);
    for (std::size_t i = 1; i < std::min(terms.size(), kMaxTrigrams); ++i)
        if (terms[i].first <= most) match += " AND " + quoted(terms[i].second);
    return match;
}

std::shared_ptr<const TrigramCounts> EmailSearchTerms::counts_now(Connection& connection) {
    const UserId indexed_up_to = read_meta(connection, "search_up_to");
    const std::lock_guard lock(mutex_);
    // They decide about the time alone, and an old count is about right as long as the store has
    // not become another one.
    constexpr UserId kFew = 1000;
    if (counts_ && indexed_up_to <= 2 * counted_up_to_ + kFew) return counts_;
    auto counts = std::make_shared<TrigramCounts>();
    Query terms = connection.query(kTerms);
    while (terms.step())
        counts->emplace(terms.text(0), terms.count(1));
    counts_ = std::move(counts);
    counted_up_to_ = indexed_up_to;
    return counts_;
}

// The index holds no e-mails to compare, but it knows how many have each three characters.
std::string problem_of_email_search(Connection& connection) {
    TrigramCounts trigrams;
    {
        const std::uint64_t last = read_meta(connection, "search_up_to");
        Query emails = connection.query("SELECT email_folded FROM users WHERE id <= ?");
        emails.bind(last);
        while (emails.step()) {
            const std::string email = as_tokenized(emails.text(0));
            for (const std::string_view trigram : trigrams_of(email))
                ++trigrams[std::string(trigram)];
        }
    }
    Query terms = connection.query(kTerms);
    while (terms.step()) {
        const auto mine = trigrams.find(std::string(terms.text(0)));
        const std::uint64_t users = mine == trigrams.end() ? 0 : mine->second;
        if (users != terms.count(1))
            return "the index for searching has " + std::to_string(terms.count(1)) +
                   " e-mails with \"" + std::string(terms.text(0)) + "\", the users " +
                   std::to_string(users);
        if (mine != trigrams.end()) trigrams.erase(mine);
    }
    if (trigrams.empty()) return {};
    return "the index for searching lacks the e-mails with \"" + trigrams.begin()->first + "\"";
}

}  // namespace roster::storage
