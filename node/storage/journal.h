// The consensus journal: what this node is about to sign, written down before the signature leaves (DESIGN:
// consensus rule 9). Its records are consensus's own; the journal only keeps them, in order.
//
// A journal that is lost or damaged must be known to be: a node that forgot what it signed could sign the
// contrary. So a missing file is an error where one is expected, damage is an error that says so, and nothing
// is repaired but a write torn by a crash at the very end, on which nothing can have depended.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"
#include "node/storage/record_file.h"

namespace dure::node {

class Journal {
  public:
    /// A new, empty one. Errors: `duplicate` if there is one, `io`.
    static Result<Journal> create(const std::filesystem::path& path, const Hash& chain_id,
                                  Files& files = Files::of_system());

    /// One of these records, in the place of whatever is there, in one durable step. Errors: `io`.
    static Result<Journal> renew(const std::filesystem::path& path, const Hash& chain_id,
                                 std::span<const Bytes> records, Files& files = Files::of_system());

    struct Opened;
    /// Errors: `not_found` (lost), `corrupt` (damaged), `invalid` (another chain's), `io`.
    static Result<Opened> open(const std::filesystem::path& path, const Hash& chain_id,
                               Files& files = Files::of_system());

    /// Durable on success; one fdatasync for all. After an error nothing may be signed any more.
    Status append(std::span<const Bytes> records);
    /// Puts these records in the place of all, in one durable step.
    Status replace(std::span<const Bytes> records);
    std::uint64_t size() const { return file_.size(); }

  private:
    Journal(std::filesystem::path path, const Hash& chain_id, RecordFile file, Files& files);

    std::filesystem::path path_;
    Hash chain_id_;
    RecordFile file_;
    Files* files_;
};

struct Journal::Opened {
    Journal journal;
    std::vector<Bytes> records;
    std::uint64_t cut_bytes = 0;  ///< of a torn end
};

}  // namespace dure::node
