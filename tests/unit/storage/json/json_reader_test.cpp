// A store that is read while it is being written: at whatever moment its files change places, what
// is read has all that was acknowledged before, and nothing without what came before that.

#include "storage/json/json_reader.hpp"

#include "storage/json/json_user_store.hpp"
#include "storage/json/opened_users.hpp"
#include "support/memory_file_system.hpp"
#include "unit/storage/support.hpp"

#include <boost/system/errc.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

constexpr const char* kBook = "/d/users.json";

// Lets something happen before its Nth call.
class InterruptedFiles final : public FileSystem {
  public:
    InterruptedFiles(std::shared_ptr<FileSystem> inner, std::size_t call,
                     std::function<void()> interrupt)
        : inner_(std::move(inner)), call_(call), interrupt_(std::move(interrupt)) {}

    bool has_interrupted() const { return calls_ >= call_; }

    result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
        step();
        return inner_->open(path, mode);
    }
    result<FileInfo> info(const std::string& path) override {
        step();
        return inner_->info(path);
    }
    result<void> rename(const std::string&, const std::string&) override { return no(); }
    result<void> link(const std::string&, const std::string&) override { return no(); }
    result<void> exchange(const std::string&, const std::string&) override { return no(); }
    result<void> remove(const std::string&) override { return no(); }
    result<void> sync_directory(const std::string&) override { return no(); }
    result<std::vector<std::string>> list(const std::string& path) override {
        return inner_->list(path);
    }
    result<std::string> resolve(const std::string& path) override { return path; }
    result<std::unique_ptr<FileLock>> lock(const std::string&, std::string_view) override {
        return no().error();
    }

  private:
    void step() {
        if (++calls_ == call_) interrupt_();
    }
    // Whoever reads changes nothing.
    static result<void> no() {
        ADD_FAILURE() << "something was changed";
        return make_error_code(boost::system::errc::operation_not_permitted);
    }

    std::shared_ptr<FileSystem> inner_;
    std::size_t call_;
    std::function<void()> interrupt_;
    std::size_t calls_ = 0;
};

std::vector<std::string> emails_of(StoreReader& contents) {
    std::vector<std::string> emails;
    contents.users([&](const User& user, std::string_view) { emails.push_back(user.email); });
    return emails;
}

class ServedStore {
  public:
    ServedStore() : book_(open_book(kBook, test_options(), disk_), test_options()) {
        commit("a");
        commit("b");
        (void)book_.write_snapshot();
        commit("c");
    }

    void commit(const std::string& name) {
        const std::vector<Write> writes{create(name + "@x.com")};
        EXPECT_TRUE(book_.commit(writes).front());
        names_.push_back(name + "@x.com");
    }
    void write_snapshot() { EXPECT_EQ(book_.write_snapshot(), JsonUserStore::Snapshot::written); }

    const std::shared_ptr<MemoryFileSystem>& disk() const { return disk_; }

    // Whether these are its users at some moment, and not fewer than so many.
    bool had(const std::vector<std::string>& emails, std::size_t least) const {
        return emails.size() >= least && emails.size() <= names_.size() &&
               std::equal(emails.begin(), emails.end(), names_.begin());
    }

  private:
    std::shared_ptr<MemoryFileSystem> disk_ = std::make_shared<MemoryFileSystem>();
    JsonUserStore book_;
    std::vector<std::string> names_;
};

void expect_whole(const std::function<void(ServedStore&)>& meanwhile) {
    for (std::size_t call = 1; call < 1000; ++call) {
        ServedStore store;
        InterruptedFiles files(store.disk(), call, [&] { meanwhile(store); });
        const auto contents = read_served_json_store(kBook, test_options(), files);
        if (!files.has_interrupted()) return;
        EXPECT_TRUE(store.had(emails_of(*contents), 3)) << "call " << call;
    }
    FAIL() << "no end";
}

TEST(ServedJsonStore, IsReadWholeWhileItIsWritten) {
    expect_whole([](ServedStore& store) { store.commit("d"); });
}

TEST(ServedJsonStore, IsReadWholeWhileTheBookIsWrittenAnew) {
    expect_whole([](ServedStore& store) { store.write_snapshot(); });
    expect_whole([](ServedStore& store) {
        store.commit("d");
        store.write_snapshot();
        store.commit("e");
    });
    expect_whole([](ServedStore& store) {
        store.write_snapshot();
        store.commit("d");
        store.write_snapshot();
        store.commit("e");
        store.write_snapshot();
    });
}

// The sync of a batch that is held up until somebody asks whether the file is settled.
class HeldSync {
  public:
    explicit HeldSync(bool succeeds) : succeeds_(succeeds) {}

    bool is_armed = false;
    bool is_marked = false;

    result<void> sync(File& file) {
        if (!is_armed) return file.sync();
        begun_.set_value();
        released_.get_future().wait();
        if (!succeeds_)
            return {boost::system::errc::make_error_code(boost::system::errc::io_error)};
        return file.sync();
    }
    void wait() { begun_.get_future().wait(); }
    void release() { released_.set_value(); }

  private:
    bool succeeds_;
    std::promise<void> begun_;
    std::promise<void> released_;
};

class HeldFile final : public File {
  public:
    HeldFile(std::unique_ptr<File> inner, HeldSync& held) : inner_(std::move(inner)), held_(held) {}

    result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
        return inner_->read_at(offset, into);
    }
    result<std::size_t> append(std::string_view bytes) override { return inner_->append(bytes); }
    result<void> sync() override { return held_.sync(*inner_); }
    result<void> truncate(std::uint64_t size_bytes) override {
        return inner_->truncate(size_bytes);
    }
    void mark_unsettled(bool is_unsettled) override { held_.is_marked = is_unsettled; }
    result<FileInfo> info() const override { return inner_->info(); }
    result<void> set_owner_and_mode(const FileInfo& like) override {
        return inner_->set_owner_and_mode(like);
    }

  private:
    std::unique_ptr<File> inner_;
    HeldSync& held_;
};

// For the server and for who reads beside it. `asked` is called at each question.
class HeldFiles final : public FileSystem {
  public:
    HeldFiles(std::shared_ptr<FileSystem> inner, HeldSync& held, std::function<void()> asked)
        : inner_(std::move(inner)), held_(held), asked_(std::move(asked)) {}

    result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
        auto file = inner_->open(path, mode);
        if (!file) return file;
        return std::unique_ptr<File>(std::make_unique<HeldFile>(std::move(*file), held_));
    }
    bool is_unsettled(const std::string&) override {
        const bool was = held_.is_marked;
        asked_();
        return was;
    }
    result<FileInfo> info(const std::string& path) override { return inner_->info(path); }
    result<void> rename(const std::string& from, const std::string& to) override {
        return inner_->rename(from, to);
    }
    result<void> link(const std::string& path, const std::string& second) override {
        return inner_->link(path, second);
    }
    result<void> exchange(const std::string& one, const std::string& other) override {
        return inner_->exchange(one, other);
    }
    result<void> remove(const std::string& path) override { return inner_->remove(path); }
    result<void> sync_directory(const std::string& path) override {
        return inner_->sync_directory(path);
    }
    result<std::vector<std::string>> list(const std::string& path) override {
        return inner_->list(path);
    }
    result<std::string> resolve(const std::string& path) override { return inner_->resolve(path); }
    result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                           std::string_view text) override {
        return inner_->lock(path, text);
    }

  private:
    std::shared_ptr<FileSystem> inner_;
    HeldSync& held_;
    std::function<void()> asked_;
};

std::vector<std::string> read_while_a_sync_is_under_way(bool succeeds) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    HeldSync held(succeeds);
    const auto files = std::make_shared<HeldFiles>(disk, held, [] {});
    JsonUserStore book(open_book(kBook, test_options(), files), test_options());
    const std::vector<Write> first{create("a@x.com")};
    EXPECT_TRUE(book.commit(first).front());
    held.is_armed = true;
    std::thread writer([&] {
        const std::vector<Write> second{create("b@x.com")};
        EXPECT_EQ(book.commit(second).front().has_value(), succeeds);
    });
    held.wait();
    HeldFiles reader(disk, held, [&] {
        if (!writer.joinable()) return;
        held.release();
        writer.join();
        held.is_armed = false;
    });
    auto emails = emails_of(*read_served_json_store(kBook, test_options(), reader));
    EXPECT_FALSE(writer.joinable()) << "it did not ask";
    if (writer.joinable()) held.release();
    if (writer.joinable()) writer.join();
    return emails;
}

TEST(ServedJsonStore, WhatIsRefusedWhileItIsReadIsNotInIt) {
    using Emails = std::vector<std::string>;
    EXPECT_EQ(read_while_a_sync_is_under_way(true), (Emails{"a@x.com", "b@x.com"}));
    EXPECT_EQ(read_while_a_sync_is_under_way(false), (Emails{"a@x.com"}));
}

}  // namespace
}  // namespace roster::storage
