// A node's final state and blobs over its HTTP interface, so that what runs on a node runs on anybody's machine, too.
//
// The blobs are what their names say; the records are what the node says (`dure balance --proof` shows how one is
// checked).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>
#include <stdexcept>

#include "ledger/records/genesis.h"
#include "ledger/state/reader.h"
#include "node/blobs/blob_access.h"
#include "tools/dure/api.h"

namespace dure::tools {

/// What RemoteState throws when the node does not answer: a StateReader has no errors of its own.
struct StateUnreachable : std::runtime_error {
    explicit StateUnreachable(Error reason) : std::runtime_error(reason.message), error(std::move(reason)) {}
    Error error;
};

class RemoteState final : public ledger::StateReader {
  public:
    /// `api` outlives this.
    explicit RemoteState(Api& api) : api_(api) {}

    std::optional<Bytes> get(ByteView key) const override;
    void scan(ByteView prefix, ByteView from, const Visitor& visit) const override;

  private:
    Api& api_;
    mutable std::map<Bytes, std::optional<Bytes>> known_;
};

class RemoteBlobs final : public node::BlobAccess {
  public:
    /// `api` outlives this.
    explicit RemoteBlobs(Api& api) : api_(api) {}

    boost::asio::awaitable<Result<Bytes>> fetch(Hash blob,
                                                std::uint64_t max_bytes = k_max_blob_bytes) override;
    /// Names it, and keeps nothing.
    boost::asio::awaitable<Result<Hash>> put(std::shared_ptr<const Bytes> blob) override;
    Result<Hash> put_now(ByteView blob) override { return blob_hash(blob); }
    void drop(const Hash&) override {}
    std::optional<std::uint64_t> have(const Hash&) const override { return std::nullopt; }

  private:
    Api& api_;
};

/// The chain's genesis, checked against the chain id that the node states. Errors: `malformed`, `invalid`.
Result<ledger::Genesis> fetch_genesis(Api& api);

}  // namespace dure::tools
