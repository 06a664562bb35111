#pragma once

// `roster audit verify`: whether an audit log is still what was written.

#include "cli/commands/command.hpp"

namespace roster::cli {

Command add_audit_verify(CLI::App& program);

}  // namespace roster::cli
