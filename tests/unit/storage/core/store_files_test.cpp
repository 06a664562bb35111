// A store that is put in the place of another one, over a file system that fails, and a machine
// that loses its power, at every call in turn: what is found afterwards is one of the two, whole.

#include "storage/core/store_files.hpp"
#include "support/faulty_file_system.hpp"
#include "support/memory_file_system.hpp"
#include "unit/storage/support.hpp"

#include <map>
#include <random>
#include <string>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

constexpr const char* kMain = "/d/store";

StoreFiles store_files() {
    return {kMain, {".sessions"}, {".journal", ".journal.next"}};
}

void put_durably(FileSystem& files, const std::string& path, const std::string& text) {
    auto file = files.open(path, OpenMode::create);
    if (!file || !append_all(**file, text) || !(*file)->sync())
        throw StartupError(Errc::store_unavailable, path);
}

std::shared_ptr<MemoryFileSystem> disk_with_old_store() {
    auto disk = std::make_shared<MemoryFileSystem>();
    disk->save("/d/store", "old");
    disk->save("/d/store.sessions", "old sessions");
    disk->save("/d/store.journal", "old journal");
    disk->save("/d/store.journal.next", "old next");
    return disk;
}

// Stages a new store and puts it in place; false where that failed.
bool replace(const std::shared_ptr<FileSystem>& files, const std::string& keep) {
    try {
        finish_replacement(*files, store_files());
        StagedStore staged(files, store_files());
        put_durably(*files, staged.path(), "new");
        put_durably(*files, staged.path() + ".sessions", "new sessions");
        staged.put_in_place(keep, StagedStore::Mode::as_before);
        return true;
    } catch (const StartupError&) {
        return false;
    }
}

std::map<std::string, std::string> texts(const MemoryFileSystem& disk) {
    std::map<std::string, std::string> texts;
    for (const std::string& name : disk.names())
        texts[name] = disk.text_of("/d/" + name);
    return texts;
}

const std::map<std::string, std::string> kOld{{"store", "old"},
                                              {"store.sessions", "old sessions"},
                                              {"store.journal", "old journal"},
                                              {"store.journal.next", "old next"}};
const std::map<std::string, std::string> kNew{{"store", "new"}, {"store.sessions", "new sessions"}};
const std::map<std::string, std::string> kNewAndKept{{"store", "new"},
                                                     {"store.sessions", "new sessions"},
                                                     {"store.kept", "old"},
                                                     {"store.kept.sessions", "old sessions"},
                                                     {"store.kept.journal", "old journal"},
                                                     {"store.kept.journal.next", "old next"}};

TEST(StagedStore, TakesThePlaceOfAllFilesOfTheOldOne) {
    const auto disk = disk_with_old_store();
    EXPECT_TRUE(replace(disk, ""));
    EXPECT_EQ(texts(*disk->after_power_cut()), kNew);
}

TEST(StagedStore, KeepsTheOldOneAsAStoreOfItsOwn) {
    const auto disk = disk_with_old_store();
    EXPECT_TRUE(replace(disk, ".kept"));
    EXPECT_EQ(texts(*disk->after_power_cut()), kNewAndKept);
}

TEST(StagedStore, KeepsTheOldOneWhereFilesCannotHaveTwoNames) {
    const auto disk = disk_with_old_store();
    const auto files = std::make_shared<FaultyFileSystem>(disk);
    files->cannot_link = true;
    EXPECT_TRUE(replace(files, ".kept"));
    EXPECT_EQ(texts(*disk->after_power_cut()), kNewAndKept);
}

TEST(StagedStore, LeavesNothingWhereItIsNotPutInPlace) {
    const auto disk = disk_with_old_store();
    {
        const StagedStore staged(disk, store_files());
        put_durably(*disk, staged.path(), "new");
        put_durably(*disk, staged.path() + ".sessions.tmp-1", "new sessions");
    }
    EXPECT_EQ(texts(*disk), kOld);
}

TEST(StagedStore, ComesWhereNothingWas) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    EXPECT_TRUE(replace(disk, ".kept"));
    EXPECT_EQ(texts(*disk->after_power_cut()), kNew);
}

class Replacement : public ::testing::TestWithParam<Fault> {
  protected:
    // Whatever the fault left, the next start finds one store or the other.
    static void expect_one_of_both(const std::shared_ptr<MemoryFileSystem>& disk, bool succeeded,
                                   const std::string& keep, const std::string& where) {
        finish_replacement(*disk, store_files());
        const auto found = texts(*disk);
        const auto& wanted = keep.empty() ? kNew : kNewAndKept;
        if (succeeded)
            EXPECT_EQ(found, wanted) << where;
        else
            EXPECT_TRUE(found == kOld || found == wanted) << where << ": " << found.size();
    }

    static void run(bool cannot_link, const std::string& keep) {
        std::mt19937 random(1);
        for (std::size_t call = 1; call < 1000; ++call) {
            const auto disk = disk_with_old_store();
            const auto files = std::make_shared<FaultyFileSystem>(disk);
            files->cannot_link = cannot_link;
            files->arm(call, GetParam());
            const bool succeeded = replace(files, keep);
            const std::string where =
                "call " + std::to_string(call) + ", " + files->struck() + ", keep '" + keep + "'";
            if (!files->has_struck()) return;
            expect_one_of_both(disk->after_restart(), succeeded, keep, where + ", killed");
            expect_one_of_both(disk->after_power_cut(), succeeded, keep, where + ", power cut");
            for (int i = 0; i < 20; ++i)
                expect_one_of_both(disk->after_power_cut(random), succeeded, keep,
                                   where + ", torn");
        }
        FAIL() << "no end";
    }
};

TEST_P(Replacement, LeavesOneStoreOrTheOtherWhateverCallFails) {
    run(false, "");
    run(false, ".kept");
    run(true, ".kept");
}

INSTANTIATE_TEST_SUITE_P(Faults, Replacement,
                         ::testing::Values(Fault::fails, Fault::disk_full, Fault::power_cut));

TEST(FinishReplacement, RefusesAChoiceThatItDidNotWrite) {
    for (const std::string& text :
         {std::string(), std::string("store\n\n"), std::string(".new-0123456789abcdef"),
          std::string(".new-0123456789abcdef\n../x\n"), std::string(".new-\n\n")}) {
        const auto disk = disk_with_old_store();
        disk->save("/d/store.replacing", text);
        EXPECT_THROW(finish_replacement(*disk, store_files()), StartupError) << text;
        EXPECT_EQ(disk->text_of("/d/store"), "old");
        EXPECT_EQ(disk->text_of("/d/store.journal"), "old journal");
    }
}

TEST(FinishReplacement, RemovesWhatWasNotChosen) {
    const auto disk = disk_with_old_store();
    disk->save("/d/store.new-0123456789abcdef", "new");
    disk->save("/d/store.new-0123456789abcdef.sessions", "new sessions");
    disk->save("/d/store.new-year", "mine");
    finish_replacement(*disk, store_files());
    auto wanted = kOld;
    wanted["store.new-year"] = "mine";
    EXPECT_EQ(texts(*disk), wanted);
}

TEST(ProblemsOfPlace, ADirectoryMayBeMounted) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    FaultyFileSystem files(disk);
    files.mount_point = "/d";
    EXPECT_TRUE(problems_of_place(files, kMain).empty());
    put_durably(*disk, kMain, "new");
    EXPECT_TRUE(problems_of_place(files, kMain).empty());
    files.mount_point = kMain;
    EXPECT_EQ(problems_of_place(files, kMain).size(), 1U);
}

TEST(ProblemsOfPlace, NoOtherUserMayReadTheMainFile) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    put_durably(*disk, kMain, "new");
    FileInfo info = *disk->info(kMain);
    EXPECT_TRUE(problems_of_place(*disk, kMain).empty());
    info.mode = 0640;
    (void)(*disk->open(kMain, OpenMode::append))->set_owner_and_mode(info);
    EXPECT_EQ(problems_of_place(*disk, kMain).size(), 1U);
}

TEST(FreeEnding, IsFreeForEveryFileOfAStore) {
    const auto disk = disk_with_old_store();
    EXPECT_EQ(free_ending(*disk, store_files(), ".kept"), ".kept");
    disk->save("/d/store.kept.sessions", "");
    EXPECT_EQ(free_ending(*disk, store_files(), ".kept"), ".kept.2");
}

}  // namespace
}  // namespace roster::storage
