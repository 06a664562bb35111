// A store that is read while it is being written: at whatever moment its files change places, what
// is read has all that was acknowledged before, and nothing without what came before that.

#include "storage/json/json_reader.hpp"

#include "storage/json/json_user_store.hpp"
#include "support/memory_file_system.hpp"
#include "support/recorded_log.hpp"
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
    MountInfo mount_of(const std::string& path) override { return inner_->mount_of(path); }
    result<std::vector<std::string>> list(const std::string& path) override {
        return inner_->list(path);
    }
    result<std::string> resolve(const std::string& path) override { return path; }
    result<std::unique_ptr<FileLock>> lock(const std::string&, std::string_view) override {
        return no().error();
    }
    bool is_locked(const std::string& path) override { return inner_->is_locked(path); }

  private:
    void step() {
        if (++calls_ == call_) interrupt_();
    }
    // A reader changes nothing.
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
    ServedStore() : store_(kUsersFile, test_options(), disk_) {
        commit("a");
        commit("b");
        (void)store_.write_snapshot();
        commit("c");
    }

    void commit(const std::string& name) {
        const std::vector<Write> writes{create(name + "@x.com")};
        EXPECT_TRUE(store_.commit(writes).front());
        names_.push_back(name + "@x.com");
    }
    void write_copy() { EXPECT_EQ(store_.write_copy(), JsonUserStore::Written::yes); }
    void write_snapshot() { EXPECT_EQ(store_.write_snapshot(), JsonUserStore::Written::yes); }

    const std::shared_ptr<MemoryFileSystem>& disk() const { return disk_; }

    // Whether these are its users at some moment, and not fewer than so many.
    bool had(const std::vector<std::string>& emails, std::size_t least) const {
        return emails.size() >= least && emails.size() <= names_.size() &&
               std::equal(emails.begin(), emails.end(), names_.begin());
    }

  private:
    std::shared_ptr<MemoryFileSystem> disk_ = std::make_shared<MemoryFileSystem>();
    JsonUserStore store_;
    std::vector<std::string> names_;
};

void expect_whole(const std::function<void(ServedStore&)>& meanwhile) {
    for (std::size_t call = 1; call < 1000; ++call) {
        ServedStore store;
        InterruptedFiles files(store.disk(), call, [&] { meanwhile(store); });
        const auto contents = read_served_json_store(kUsersFile, test_options(), files);
        if (!files.has_interrupted()) return;
        EXPECT_TRUE(store.had(emails_of(*contents), 3)) << "call " << call;
    }
    FAIL() << "no end";
}

TEST(ServedJsonStore, IsReadWholeWhileItIsWritten) {
    expect_whole([](ServedStore& store) { store.commit("d"); });
}

TEST(ServedJsonStore, IsReadWholeWhileTheUsersFileIsWrittenAnew) {
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

// The server writes the users file while a command reads: that is no edit, and nothing is logged.
TEST(ServedJsonStore, ACopyThatIsNewerThanWhatWasReadIsNoEdit) {
    for (std::size_t call = 1; call < 1000; ++call) {
        ServedStore store;
        InterruptedFiles files(store.disk(), call, [&] {
            store.commit("d");
            store.write_copy();
            store.commit("e");
        });
        OpenOptions options = test_options();
        const auto log = std::make_shared<test::RecordedLog>();
        options.log = log;
        const auto contents = read_json_view(kUsersFile, options, files);
        EXPECT_EQ(log->text(), "") << "call " << call;
        EXPECT_TRUE(store.had(emails_of(*contents), 3)) << "call " << call;
        if (!files.has_interrupted()) return;
    }
    FAIL() << "no end";
}

}  // namespace
}  // namespace roster::storage
