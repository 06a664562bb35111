#include "cli/io/exit_code.hpp"

namespace roster::cli {

ExitCode exit_code(Errc error) noexcept {
    // Scripts tell trouble with the store from other failures.
    if (error == Errc::store_unavailable || error == Errc::store_locked ||
        error == Errc::store_damaged)
        return ExitCode::store;
    switch (class_of(error)) {
        case ErrorClass::invalid: return ExitCode::usage;
        case ErrorClass::not_found: return ExitCode::not_found;
        case ErrorClass::conflict: return ExitCode::conflict;
        case ErrorClass::unauthenticated:
        case ErrorClass::forbidden:
        case ErrorClass::too_many:
        case ErrorClass::unavailable:
        case ErrorClass::internal: return ExitCode::failed;
    }
    return ExitCode::failed;
}

ExitCode exit_code(const boost::system::error_code& error) noexcept {
    if (!error) return ExitCode::ok;
    if (error.category() != error_category()) return ExitCode::failed;
    return exit_code(static_cast<Errc>(error.value()));
}

}  // namespace roster::cli
