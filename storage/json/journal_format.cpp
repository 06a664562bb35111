#include "storage/json/journal_format.hpp"

#include "core/json/json_parser.hpp"
#include "storage/json/users_file_writer.hpp"

#include <utility>

namespace roster::storage {

void JournalBatchWriter::put(std::string_view what, const UserRecord& user) {
    body_ += "{\"";
    body_ += what;
    body_ += "\":";
    append_compact_user(user, body_);
    body_ += "}\n";
    ++count_;
}

void JournalBatchWriter::erased(UserId id, Revision revision) {
    body_ += "{\"erased\":" + std::to_string(id) + ",\"revision\":" + std::to_string(revision);
    body_ += "}\n";
    ++count_;
}

std::string JournalBatchWriter::finish() const {
    return framed_batch(first_, count_, body_);
}

namespace {

// {"created":{…}}, {"changed":{…}} or {"erased":7,"revision":9}
class ChangeBuilder final : public JsonHandler {
  public:
    bool name(std::string_view name) override {
        if (in_user()) return take(change_.user.name(name, 0));
        if (depth_ > 1) return change_.user.kept().name(name);
        name_ = name;
        return true;
    }
    bool string(std::string_view text) override {
        if (depth_ < 2) return false;
        if (!change_.user.in_kept()) return take(change_.user.string(text, 0));
        change_.user.kept().string(text);
        return true;
    }
    bool number(const JsonNumber& number) override {
        if (depth_ == 1) return top_level_number(number);
        if (depth_ < 2) return false;
        if (!change_.user.in_kept()) return take(change_.user.number(number, 0));
        change_.user.kept().literal(number.text);
        return true;
    }
    bool literal(std::string_view text) override {
        if (depth_ < 2) return false;
        if (!change_.user.in_kept()) return take(change_.user.literal(text, 0));
        change_.user.kept().literal(text);
        return true;
    }
    bool begin_object() override { return begin('{'); }
    bool end_object() override { return end(); }
    bool begin_array() override { return begin('['); }
    bool end_array() override { return end(); }

    std::optional<JournalChange> finish() {
        if (!whole_) return std::nullopt;
        return std::move(change_);
    }

  private:
    bool in_user() const noexcept { return depth_ == 2 && !change_.user.in_kept(); }

    static bool take(const std::optional<DraftProblem>& problem) { return !problem; }

    bool top_level_number(const JsonNumber& number) {
        const UserId whole = number.whole.value_or(0);
        if (whole == 0 || whole > kMaxNumber) return false;
        if (name_ == "erased" && change_.id == 0) {
            change_.kind = JournalChange::Kind::erased;
            change_.id = whole;
            return true;
        }
        if (name_ != "revision" || change_.id == 0 || change_.revision != 0) return false;
        change_.revision = whole;
        whole_ = true;
        return true;
    }

    bool begin(char bracket) {
        ++depth_;
        if (depth_ == 1) return bracket == '{';
        if (change_.user.in_kept()) {
            change_.user.kept().begin(bracket);
            return true;
        }
        if (depth_ > 2) return take(change_.user.bracket(bracket, 0));
        if (depth_ != 2 || bracket != '{' || change_.id != 0) return false;
        if (name_ != "created" && name_ != "changed") return false;
        change_.kind =
            name_ == "created" ? JournalChange::Kind::created : JournalChange::Kind::changed;
        change_.user.begin(0);
        return true;
    }

    bool end() {
        --depth_;
        if (depth_ == 0) return true;
        if (change_.user.in_kept()) {
            change_.user.kept().end();
            return true;
        }
        const UserParser& user = change_.user;
        if (change_.user.end() || !user.revision || !user.plain_password.empty()) return false;
        if (user.credentials_revision > *user.revision) return false;
        change_.id = *user.id;
        change_.revision = *user.revision;
        whole_ = true;
        return true;
    }

    JournalChange change_;
    std::string name_;
    std::size_t depth_ = 0;
    bool whole_ = false;
};

}  // namespace

std::optional<JournalChange> read_journal_change(std::string_view line) {
    ChangeBuilder builder;
    if (!parse_tokens(line, builder).good()) return std::nullopt;
    return builder.finish();
}

}  // namespace roster::storage
