// Where things lie in a node's data directory.
#pragma once

namespace dure::node {

inline constexpr const char* k_genesis_file = "genesis.bin";          ///< the encoding of ledger::Genesis
inline constexpr const char* k_node_key_file = "node.key";            ///< base/key_file.h
inline constexpr const char* k_blobs_folder = "blobs";                ///< a BlobStore
inline constexpr const char* k_chain_folder = "chain";                ///< the chain's own directory
inline constexpr const char* k_notes_folder = "notes";                ///< a Notebook
inline constexpr const char* k_channels_file = "channels.records";    ///< a server's ChannelJournal
inline constexpr const char* k_charges_file = "charges.records";      ///< a server's ChargeJournal
inline constexpr const char* k_challenge_key_file = "challenge.key";  ///< a server's ChallengeMint

}  // namespace dure::node
