// Plain POSIX file calls as results, for files that must be durable once written.
#pragma once

#include <filesystem>

#include "base/bytes.h"
#include "base/result.h"

namespace dure::node {

/// `path` holds exactly `bytes` afterwards, or what it held before: written to `temporary` in the same folder, synced, renamed, and
/// the folder synced. Errors: `io`, naming the path and the reason.
Status write_file_durably(const std::filesystem::path& path, const std::filesystem::path& temporary, ByteView bytes);

/// Reads `bytes` bytes from `offset`. Errors: `not_found` if the file does not exist, `corrupt` if it is shorter, `io`.
Result<Bytes> read_file(const std::filesystem::path& path, std::uint64_t offset, std::uint64_t bytes);

/// Makes creations, renames and removals in the folder durable. Errors: `io`.
Status sync_folder(const std::filesystem::path& folder);

}  // namespace dure::node
