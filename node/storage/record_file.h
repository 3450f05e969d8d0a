// A file of checksummed records, written only at its end: what the block log and the consensus journal are
// made of (docs/operating/storage.md).
//
//   header   "DURE-REC", the file's identity (32 bytes: what it is, of which chain), 16 random bytes, checksum (16 bytes)
//   record   u32 mark, u32 length, u32 loose, checksum (16 bytes), then `length` bytes
//
// `loose` is how many bytes before the mark were not durable yet when the record was written. A record's checksum
// covers the header's identity and random bytes, the record's place, `loose` and its bytes: nothing that was written
// elsewhere, or made up by somebody who can choose a record's contents, passes for a record.
//
// Promises: what `append` and `sync` have returned success for is found again, and what `open` has shown is durable.
// A crash can damage only what was not durable: a torn write at the end, or, since a disk writes sectors in any
// order, some of it before the rest of the same write. There the file is cut off. Damage with a good record after
// it that says that the damaged place was durable cannot come from a crash and is refused as `corrupt`.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"
#include "node/storage/files.h"

namespace dure::node {

inline constexpr std::size_t k_max_record_bytes = 16 * 1024 * 1024;

/// Where a record's bytes stand.
struct RecordPlace {
    std::uint64_t offset = 0;  ///< of its mark
    std::uint32_t length = 0;  ///< of its bytes
};

class RecordFile {
  public:
    static constexpr std::size_t k_header_bytes = 72;
    static constexpr std::size_t k_record_overhead = 28;

    using Visitor = std::function<Status(RecordPlace, ByteView)>;

    /// Makes a file with these records, durably, in one step: after a crash the path names the new file
    /// whole, or what it named before. Errors: `io`.
    static Result<RecordFile> create(const std::filesystem::path& path, std::string_view kind,
                                     const Hash& chain_id, std::span<const Bytes> records = {},
                                     Files& files = Files::of_system());

    struct Opened;
    /// Opens a file, calls `visit` for each record in order (its error is returned), cuts a torn end. Errors:
    /// `not_found`, `corrupt`, `invalid` (another kind or chain), `io`.
    static Result<Opened> open(const std::filesystem::path& path, std::string_view kind, const Hash& chain_id,
                               const Visitor& visit, Files& files = Files::of_system());

    /// Writes records at the end, not yet durable. Errors: `io`; then the file is as before, or, if even that
    /// failed, takes no more records.
    Result<std::vector<RecordPlace>> append(std::span<const Bytes> records);
    /// Makes what was appended durable. After an error the file takes no more records: what reached the disk
    /// is unknown until it is opened again.
    Status sync();
    /// Drops the records from this offset (of a record) on, durably.
    Status cut(std::uint64_t offset);
    /// Errors: `corrupt` if the record no longer passes its checksum, `io`.
    Result<Bytes> read(RecordPlace place) const;

    std::uint64_t size() const { return end_; }

  private:
    using Checksum = std::array<std::uint8_t, 16>;
    /// A record that stands in the file, and how many bytes before it were loose when it was written.
    struct Found {
        std::uint64_t offset = 0;
        std::uint32_t loose = 0;
        Bytes record;
    };
    Checksum checksum(std::uint64_t offset, std::uint32_t loose, ByteView record) const;
    Status read_header(const Hash& identity);
    /// The record at an offset, if a good one stands there.
    Result<std::optional<Found>> record_at(std::uint64_t offset, std::uint64_t file_size) const;
    /// The next good record after `offset`.
    Result<std::optional<Found>> record_after(std::uint64_t offset, std::uint64_t file_size) const;
    /// Nothing if a crash can have damaged the file at `offset`. Errors: `corrupt`.
    Status check_torn(std::uint64_t offset, std::uint64_t file_size) const;

    File file_;
    Hash identity_;
    std::array<std::uint8_t, 16> salt_{};
    std::uint64_t end_ = 0;
    std::uint64_t durable_end_ = 0;
    bool broken_ = false;
};

struct RecordFile::Opened {
    RecordFile file;
    std::uint64_t cut_bytes = 0;  ///< the torn end that was cut off
};

}  // namespace dure::node
