// Which calls that were paid by a transaction of their own have been answered, on disk: a payment is good for one
// answer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>

#include "base/codec.h"
#include "base/hash.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "node/storage/record_file.h"

namespace dure::node {

struct AnsweredCall {
    Hash call;
    protocol::Height paid;  ///< of the block that holds its payment

    static constexpr auto fields() { return std::tuple(&AnsweredCall::call, &AnsweredCall::paid); }
    friend bool operator==(const AnsweredCall&, const AnsweredCall&) = default;
};

class ChargeJournal {
  public:
    struct Opened;
    /// Opens or creates, and forgets calls that were paid before `oldest`. Errors: `corrupt`, `invalid` (another
    /// chain's), `io`.
    static Result<Opened> open(const std::filesystem::path& path, const Hash& chain_id,
                               protocol::Height oldest);

    /// Durable on success.
    Status append(const AnsweredCall& call);

  private:
    explicit ChargeJournal(RecordFile file) : file_(std::move(file)) {}
    RecordFile file_;
};

struct ChargeJournal::Opened {
    ChargeJournal journal;
    std::map<Hash, protocol::Height> answered;
};

}  // namespace dure::node
