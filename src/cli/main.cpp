#include "cli/audit_verify.hpp"
#include "cli/backup_commands.hpp"
#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/copy_command.hpp"
#include "cli/export_command.hpp"
#include "cli/hash_calibrate.hpp"
#include "cli/import_command.hpp"
#include "cli/migrate.hpp"
#include "cli/serve.hpp"
#include "cli/session_commands.hpp"
#include "cli/store_commands.hpp"
#include "cli/user_commands.hpp"

#include <CLI/App.hpp>

#include <vector>

int main(int argc, char** argv) {
    using namespace roster::cli;
    const auto program = make_program();
    std::vector<Command> commands{
        add_audit_verify(*program),   add_backup(*program), add_check(*program),
        add_client(*program),         add_copy(*program),   add_export(*program),
        add_hash_calibrate(*program), add_import(*program), add_repair(*program),
        add_restore(*program),        add_serve(*program),
    };
    add_migrate_commands(*program, commands);
    add_session_commands(*program, commands);
    add_user_commands(*program, commands);
    return run_program(*program, commands, argc, argv);
}
