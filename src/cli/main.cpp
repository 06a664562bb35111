#include "cli/commands/audit_command.hpp"
#include "cli/commands/backup_commands.hpp"
#include "cli/commands/client.hpp"
#include "cli/commands/command.hpp"
#include "cli/commands/copy_command.hpp"
#include "cli/commands/hash_calibrate.hpp"
#include "cli/commands/migrate.hpp"
#include "cli/commands/serve.hpp"
#include "cli/commands/session_commands.hpp"
#include "cli/commands/store_commands.hpp"
#include "cli/commands/user_commands.hpp"
#include "cli/import_export/export_command.hpp"
#include "cli/import_export/import_command.hpp"

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
