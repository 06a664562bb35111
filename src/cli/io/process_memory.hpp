#pragma once

// The memory that the system counts as this process's.

namespace roster::cli {

/// Gives back the pages of the program's and its libraries' files that were mapped so far: most of
/// them hold code that runs once, at the start, or lie beside it. What is used again is mapped
/// again, from the system's cache. Does nothing under a debugger, whose breakpoints are in these
/// pages; uprobes that were set before are lost.
void forget_mapped_code();

}  // namespace roster::cli
