// What this node committed to and will have to open, so that a restart costs no second replay: its units'
// states, its answers to audits, its attestations. What is lost is computed again.
//
// Promise: what `find` returns is what was written last under that name, or nothing. Notes are small; a folder,
// if there is one, has a file for each. Does not: keep notes of rounds that `forget_before` names.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/codec.h"
#include "base/protocol/types.h"
#include "base/result.h"

namespace dure::node {

class Notebook {
  public:
    /// In memory only.
    Notebook() = default;
    /// Reads the folder, or makes it. Errors: `io`.
    static Result<Notebook> open(const std::filesystem::path& folder);

    template <class Note>
    std::optional<Note> find(protocol::Round round, const std::string& name) const {
        const auto found = notes_.find({round.value, name});
        if (found == notes_.end()) return std::nullopt;
        Result<Note> note = decode<Note>(found->second);
        return note ? std::optional(std::move(*note)) : std::nullopt;
    }
    template <class Note>
    void write(protocol::Round round, const std::string& name, const Note& note) {
        write_bytes(round, name, encode(note));
    }
    void forget_before(protocol::Round round);

  private:
    void write_bytes(protocol::Round round, const std::string& name, Bytes bytes);
    std::filesystem::path path_of(std::uint64_t round, const std::string& name) const;

    std::filesystem::path folder_;  ///< empty: none
    std::map<std::pair<std::uint64_t, std::string>, Bytes> notes_;
};

}  // namespace dure::node
