#include "support/faulty_file_system.hpp"

#include <boost/system/errc.hpp>

#include <utility>

namespace roster::storage::testing {

class FaultyFileSystem::FaultyFile final : public File {
  public:
    FaultyFile(FaultyFileSystem& files, std::unique_ptr<File> inner, std::string name)
        : files_(files), inner_(std::move(inner)), name_(std::move(name)) {}

    result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
        return inner_->read_at(offset, into);
    }

    result<std::size_t> append(std::string_view bytes) override {
        const bool struck_before = files_.has_struck();
        if (files_.step("append " + name_)) {
            auto appended = inner_->append(bytes);
            if (files_.watch) files_.watch();
            return appended;
        }
        const bool in_part = !struck_before && files_.fault_ != Fault::fails;
        if (!in_part || bytes.size() < 2) return files_.error_;
        (void)inner_->append(bytes.substr(0, bytes.size() / 2));
        if (files_.fault_ != Fault::power_cut) return bytes.size() / 2;
        return files_.error_;
    }

    result<void> sync() override {
        if (!files_.step("sync " + name_)) return files_.error_;
        return files_.done(inner_->sync());
    }

    result<void> truncate(std::uint64_t size_bytes) override {
        if (!files_.step("truncate " + name_)) return files_.error_;
        return files_.done(inner_->truncate(size_bytes));
    }

    result<FileInfo> info() const override { return inner_->info(); }

    result<void> set_owner_and_mode(const FileInfo& like,
                                    const std::string& attributes_of) override {
        return inner_->set_owner_and_mode(like, attributes_of);
    }

  private:
    FaultyFileSystem& files_;
    std::unique_ptr<File> inner_;
    std::string name_;
};

bool FaultyFileSystem::meets_fault(const std::string& what) const {
    constexpr std::size_t kOnceCalls = 3;
    const bool is_within_once = calls_ < armed_call_ + kOnceCalls;
    const bool takes_space = what.starts_with("append") || what.starts_with("create");
    switch (fault_) {
        case Fault::fails: return calls_ == armed_call_;
        case Fault::disk_full: return takes_space;
        case Fault::disk_full_once: return takes_space && is_within_once;
        case Fault::read_only_once:
            return (takes_space || what.starts_with("truncate")) && is_within_once;
        case Fault::power_cut: return true;
    }
    return true;
}

bool FaultyFileSystem::step(const std::string& what) {
    ++calls_;
    last_call_ = what;
    if (armed_call_ == 0 || calls_ < armed_call_) return true;
    if (calls_ == armed_call_) struck_ = what;
    if (!meets_fault(what)) return true;
    const bool says_io_error = fault_ == Fault::fails || fault_ == Fault::power_cut;
    error_ = make_error_code(says_io_error ? boost::system::errc::io_error
                                           : boost::system::errc::no_space_on_device);
    return false;
}

result<void> FaultyFileSystem::done(result<void> outcome) {
    if (watch) watch();
    return outcome;
}

result<std::unique_ptr<File>> FaultyFileSystem::open(const std::string& path, OpenMode mode) {
    if (mode == OpenMode::read && path == unreadable)
        return make_error_code(boost::system::errc::permission_denied);
    const bool creates = mode != OpenMode::read && !inner_->info(path);
    if (creates && !step("create " + name_of(path))) return error_;
    auto file = inner_->open(path, mode);
    if (!file) return file.error();
    if (creates && watch) watch();
    return std::unique_ptr<File>(
        std::make_unique<FaultyFile>(*this, std::move(*file), name_of(path)));
}

result<void> FaultyFileSystem::rename(const std::string& from, const std::string& to) {
    if (to == mount_point) return make_error_code(boost::system::errc::device_or_resource_busy);
    if (!step("rename to " + name_of(to))) return error_;
    return done(inner_->rename(from, to));
}

result<void> FaultyFileSystem::link(const std::string& path, const std::string& second) {
    if (cannot_link) return make_error_code(boost::system::errc::operation_not_supported);
    if (!step("link " + name_of(second))) return error_;
    return done(inner_->link(path, second));
}

result<void> FaultyFileSystem::exchange(const std::string& one, const std::string& other) {
    if (before_exchange) std::exchange(before_exchange, nullptr)();
    if (cannot_exchange) return make_error_code(boost::system::errc::operation_not_supported);
    if (other == mount_point) return make_error_code(boost::system::errc::device_or_resource_busy);
    if (!step("exchange with " + name_of(other))) return error_;
    return done(inner_->exchange(one, other));
}

result<void> FaultyFileSystem::remove(const std::string& path) {
    if (!step("remove " + name_of(path))) return error_;
    return done(inner_->remove(path));
}

result<void> FaultyFileSystem::sync_directory(const std::string& path) {
    if (!step("sync_directory")) return error_;
    return done(inner_->sync_directory(path));
}

}  // namespace roster::storage::testing
