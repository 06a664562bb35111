#pragma once

// A JSON store on a disk in memory, and a person who edits it.

#include "storage/json/json_user_store.hpp"
#include "support/faulty_file_system.hpp"
#include "support/memory_file_system.hpp"
#include "support/recorded_log.hpp"
#include "unit/storage/support.hpp"

#include <roster/log.hpp>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace roster::storage::testing {

// A users file of four users: 1 a@a.com (administrator), 2 b@b.com, 3 c@c.com, 4 d@d.com.
class JsonUserStoreTest : public ::testing::Test {
  protected:
    JsonUserStoreTest() {
        options_.log = logged_;
        options_.on_edit = [this](const StoreEdit& edit) {
            edits_.push_back(edit.is_refused ? "refused"
                                             : std::to_string(edit.changed) + " changed, " +
                                                   std::to_string(edit.removed) + " removed");
        };
        open();
        commit(create("a@a.com", Role::admin));
        for (const char* email : {"b@b.com", "c@c.com", "d@d.com"})
            commit(create(email));
        EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    }

    void open() {
        store_.reset();
        store_ = std::make_unique<JsonUserStore>(kUsersFile, options_, files_);
    }

    result<User> commit(Write write) {
        return store_->commit(std::vector<Write>{std::move(write)}).front();
    }

    static Write rename(UserId id, std::string email) {
        UpdateUser update(id);
        update.email = std::move(email);
        return update;
    }

    // What a person sees in the editor, with one thing replaced by another.
    std::string text_with(std::string_view old, std::string_view with) const {
        std::string text = disk_->text_of(kUsersFile);
        const auto at = text.find(old);
        EXPECT_NE(at, std::string::npos) << old;
        return at == std::string::npos ? text : text.replace(at, old.size(), with);
    }

    // The text without the user whose e-mail this is.
    std::string text_without(const std::string& email) const {
        std::string text = disk_->text_of(kUsersFile);
        const auto at = text.find(email);
        const auto begin = text.rfind("\t\t{", at);
        const auto end = text.find("\t\t}", at) + 3;
        text.erase(begin, end - begin + (text[end] == ',' ? 2 : 1));
        if (text.find(",\n\t]") != std::string::npos) text.erase(text.find(",\n\t]"), 1);
        return text;
    }

    void edit(std::string_view text) {
        disk_->save(kUsersFile, text);
        read_locked();
    }

    void read_locked() {
        store_->take_over_edit();
        store_->take_over_edit();
    }

    std::string email(UserId id) const {
        const auto user = store_->users().find(id);
        return user ? user->email : "";
    }

    Revision credentials_revision(UserId id) const {
        return store_->users().find(id)->credentials_revision;
    }

    std::string logged() const { return logged_->text(); }

    std::shared_ptr<test::RecordedLog> logged_ = std::make_shared<test::RecordedLog>();
    OpenOptions options_ = test_options();
    // What `on_edit` was told.
    std::vector<std::string> edits_;
    std::shared_ptr<MemoryFileSystem> disk_ = std::make_shared<MemoryFileSystem>();
    std::shared_ptr<FaultyFileSystem> files_ = std::make_shared<FaultyFileSystem>(disk_);
    std::unique_ptr<JsonUserStore> store_;
};

}  // namespace roster::storage::testing
