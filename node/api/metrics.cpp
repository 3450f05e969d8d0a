#include "node/api/metrics.h"

#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/version.h"
#include "ledger/records/tables.h"
#include "ledger/views.h"
#include "node/node_files.h"

namespace dure::node {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

double seconds(std::chrono::duration<double> time) {
    return time.count();
}

double seconds_since_epoch(std::chrono::system_clock::time_point time) {
    return seconds(time.time_since_epoch());
}

/// Micro-units, as the ledger has shares and losses, as units.
double from_micro(std::uint64_t value) {
    return static_cast<double>(value) / 1e6;
}

class Metrics {
  public:
    /// What goes up and down.
    template <class T>
    void gauge(const char* name, const char* help, T value) {
        add(name, help, MetricType::Gauge).gauge.value = static_cast<double>(value);
    }
    /// What only grows.
    template <class T>
    void counter(const char* name, const char* help, T value) {
        add(name, help, MetricType::Counter).counter.value = static_cast<double>(value);
    }
    /// One number for each value of a label.
    template <class T>
    void gauges(const char* name, const char* help, const char* label,
                const std::vector<std::pair<const char*, T>>& values) {
        for (const auto& [of, value] : values)
            add(name, help, MetricType::Gauge, label, of).gauge.value = static_cast<double>(value);
    }
    void counters(const char* name, const char* help, const char* label,
                  const std::vector<std::pair<const char*, std::uint64_t>>& values) {
        for (const auto& [of, value] : values)
            add(name, help, MetricType::Counter, label, of).counter.value = static_cast<double>(value);
    }
    /// How many there were, and their sum.
    void summary(const char* name, const char* help, std::uint64_t count, double sum) {
        ClientMetric& metric = add(name, help, MetricType::Summary);
        metric.summary.sample_count = count;
        metric.summary.sample_sum = sum;
    }
    std::string text() const {
        std::ostringstream out;
        prometheus::TextSerializer().Serialize(out, families_);
        return out.str();
    }

  private:
    ClientMetric& add(const char* name, const char* help, MetricType type, const char* label = nullptr,
                      const char* value = nullptr) {
        if (families_.empty() || families_.back().name != name) families_.push_back({name, help, type, {}});
        ClientMetric& metric = families_.back().metric.emplace_back();
        if (label != nullptr) metric.label.push_back({label, value});
        return metric;
    }
    std::vector<MetricFamily> families_;
};

void add_chain(Metrics& metrics, const Chain& chain) {
    const ChainCounters counts = chain.counters();
    metrics.gauge("dure_chain_height", "Height of the newest final block.", chain.head().height.value);
    metrics.gauge("dure_chain_slot", "Consensus's slot now.", counts.slot);
    metrics.gauge("dure_chain_syncing", "1 while others are known to be ahead.", chain.syncing() ? 1 : 0);
    metrics.gauge("dure_chain_voting", "1 if this node may vote.", chain.voting() ? 1 : 0);
    metrics.counter("dure_chain_blocks_total", "Blocks that became final here.", counts.blocks);
    metrics.counter("dure_chain_synced_blocks_total", "Of them, fetched from others after an absence.",
                    counts.blocks_synced);
    metrics.counter("dure_chain_proposals_total", "Blocks that this node proposed.", counts.proposals_built);
    metrics.counter("dure_chain_transactions_total", "Transactions in final blocks.", counts.transactions);
    metrics.counter("dure_chain_signature_checks_total", "Transactions' signatures checked.",
                    counts.signatures_checked);
    metrics.summary("dure_chain_finality_seconds",
                    "From a block's proposal, as seen here, to its being final.", counts.proposals_final,
                    seconds(counts.proposals_wait));
    if (counts.last_final) {
        metrics.gauge("dure_chain_last_final_timestamp_seconds", "When the newest block became final here.",
                      seconds_since_epoch(*counts.last_final));
    }
    metrics.gauge("dure_mempool_transactions", "Transactions that wait for a block.", counts.pending);
    metrics.counter("dure_mempool_admitted_transactions_total", "Transactions taken in.", counts.admitted);
    metrics.counter("dure_mempool_refused_transactions_total", "Transactions refused.", counts.refused);
}

void add_peers(Metrics& metrics, const Peers& peers) {
    const PeersCounters counts = peers.counters();
    std::uint64_t dialled = 0;
    const std::vector<PeerInfo> connected = peers.connected();
    for (const PeerInfo& peer : connected)
        dialled += peer.outbound ? 1 : 0;
    metrics.gauges<std::uint64_t>("dure_peers_connected", "Peers connected now.", "direction",
                                  {{"inbound", connected.size() - dialled}, {"outbound", dialled}});
    metrics.counter("dure_peers_connections_total", "Lines to peers that proved themselves.",
                    counts.connections);
    metrics.counter("dure_peers_cut_off_total", "Peers cut off because they misbehaved.", counts.cut_off);
    metrics.counter("dure_peers_received_bytes_total", "Bytes from peers.", counts.bytes_in);
    metrics.counter("dure_peers_sent_bytes_total", "Bytes to peers.", counts.bytes_out);
}

void add_blobs(Metrics& metrics, Blobs& blobs) {
    const BlobsCounters counts = blobs.counters();
    metrics.gauge("dure_blobs_stored", "Blobs on disk: texts, updates, checkpoints.",
                  blobs.store().list().size());
    metrics.gauge("dure_blobs_stored_bytes", "Their bytes.", blobs.store().total_bytes());
    metrics.counter("dure_blobs_fetched_chunks_total", "Chunks fetched from peers.", counts.chunks_fetched);
    metrics.counter("dure_blobs_served_chunks_total", "Chunks served to peers.", counts.chunks_served);
    metrics.counter("dure_blobs_false_chunks_total", "Chunks from peers that were not what they should be.",
                    counts.false_chunks);
    metrics.counter("dure_blobs_failed_fetches_total", "Blobs that could not be fetched.",
                    counts.fetches_failed);
}

/// Files may go while they are counted; what cannot be read counts nothing.
std::uintmax_t bytes_below(const std::filesystem::path& folder) {
    std::error_code failure;
    std::uintmax_t bytes = 0;
    std::filesystem::recursive_directory_iterator entry(folder, failure);
    for (; !failure && entry != std::filesystem::recursive_directory_iterator(); entry.increment(failure)) {
        std::error_code gone;
        const std::uintmax_t size = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
        if (!gone) bytes += size;
    }
    return bytes;
}

void add_storage(Metrics& metrics, const std::filesystem::path& data_directory) {
    metrics.gauge("dure_storage_chain_bytes", "Blocks, journal and state on disk.",
                  bytes_below(data_directory / k_chain_folder));
    std::error_code failure;
    const std::filesystem::space_info space = std::filesystem::space(data_directory, failure);
    if (failure) return;
    metrics.gauge("dure_storage_free_bytes", "What the disk of the data directory has left for this node.",
                  space.available);
}

void add_model(Metrics& metrics, const ApiParts& parts) {
    const ledger::StateReader& state = parts.chain.state();
    const ledger::HeadRecord head = ledger::head(state);
    const RoundHistory& rounds = parts.explorer->rounds();
    metrics.gauge("dure_round_number", "The round under way.", ledger::current_round(state).number.value);
    metrics.counter("dure_rounds_decided_total", "Rounds that gave a checkpoint, since genesis.",
                    rounds.decided());
    metrics.counter("dure_rounds_voided_total", "Rounds that gave none, since genesis.", rounds.voided());
    metrics.gauge("dure_model_held_out_loss_nats", "Loss a token of the newest checkpoint on the hold-out.",
                  from_micro(head.checkpoint.held_out_loss));
    metrics.gauge("dure_model_generation", "The model's size class.", head.checkpoint.generation.value);
    metrics.counter("dure_model_trained_tokens_total", "Tokens in accepted work units, since genesis.",
                    rounds.points().back().tokens_trained);
    metrics.gauge("dure_data_admitted_tokens", "Tokens of all accepted texts.",
                  ledger::data_totals(state).tokens);
    metrics.gauge("dure_owners", "Accounts that own shares.", parts.explorer->owners().size());
    metrics.gauge("dure_shares", "All shares there are.", from_micro(ledger::supply(state).shares.value));
    metrics.counter("dure_fees_settlements_total", "Settlements of channels and paid calls, since genesis.",
                    ledger::owner_pool(state).settlements);
    metrics.counter("dure_fees_settled_grain_total", "Paid by them to servers, owners and validators.",
                    ledger::Treasury::get(state).channel_settled.number());
}

void add_work(Metrics& metrics, const ContributorCounters& work) {
    metrics.counter("dure_work_trained_units_total", "Work units trained.", work.units_trained);
    metrics.counter("dure_work_audited_units_total", "Units, or parts of them, replayed for audits.",
                    work.units_audited);
    metrics.counter("dure_work_scored_shards_total", "Texts judged.", work.shards_scored);
    metrics.counter("dure_work_merged_checkpoints_total", "Checkpoints merged.", work.checkpoints_merged);
    metrics.counter("dure_work_trained_tokens_total", "Tokens trained on.", work.tokens_trained);
    metrics.counter("dure_work_training_seconds_total", "Time in training.",
                    seconds(std::chrono::milliseconds(work.train_milliseconds)));
    metrics.counter("dure_work_failures_total", "Tasks that failed.", work.failures);
}

void add_answers(Metrics& metrics, const AnswerCounters& answers, const PaymentCounters& payments) {
    metrics.gauge("dure_answers_under_way", "Calls under way.", answers.under_way);
    metrics.gauge("dure_answers_waiting", "Answers that wait for their turn.", answers.waiting);
    metrics.counter("dure_answers_paid_total", "Calls that were paid for.", answers.calls_paid);
    metrics.counter("dure_answers_input_tokens_total", "Prompts' tokens of paid calls.",
                    answers.input_tokens);
    metrics.counter("dure_answers_output_tokens_total", "Answers' tokens of paid calls.",
                    answers.output_tokens);
    metrics.counter("dure_answers_earned_grain_total", "What they cost.", answers.earned.value);
    metrics.counters("dure_payments_vouchers_total", "Vouchers that came.", "outcome",
                     {{"accepted", payments.vouchers_accepted}, {"refused", payments.vouchers_refused}});
    metrics.counter("dure_payments_charges_total", "Calls paid by a transaction of their own.",
                    payments.charges);
    metrics.counters("dure_payments_settlements_total", "Settlements that this server asked for.", "outcome",
                     {{"final", payments.settlements}, {"failed", payments.settlements_failed}});
    metrics.gauge("dure_payments_channels", "Channels of which a voucher is held.", payments.channels);
}

void add_http(Metrics& metrics, const HttpCounters& http) {
    metrics.gauge("dure_http_open_connections", "Connections of the API now.", http.open);
    metrics.counter("dure_http_accepted_connections_total", "Connections accepted.", http.connections);
    metrics.counter("dure_http_requests_total", "Requests read.", http.requests);
    metrics.counters("dure_http_responses_total", "Requests answered, by the kind of status.", "code",
                     {{"2xx", http.responses[2]},
                      {"3xx", http.responses[3]},
                      {"4xx", http.responses[4]},
                      {"5xx", http.responses[5]}});
    metrics.counter("dure_http_failures_total", "Of them, with a failure of the node's own.", http.failures);
}

void add_process(Metrics& metrics, std::chrono::system_clock::time_point started) {
    metrics.gauges("dure_build_info", "Always 1; which program this is.", "version",
                   std::vector<std::pair<const char*, int>>{{k_version, 1}});
    metrics.gauge("process_start_time_seconds", "When the node was opened, since the epoch.",
                  seconds_since_epoch(started));
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        const auto time = [](const timeval& value) {
            return seconds(std::chrono::seconds(value.tv_sec) + std::chrono::microseconds(value.tv_usec));
        };
        metrics.counter("process_cpu_seconds_total", "Time on processors.",
                        time(usage.ru_utime) + time(usage.ru_stime));
    }
    std::ifstream statm("/proc/self/statm");
    std::uint64_t pages = 0;
    std::uint64_t resident = 0;
    if (statm >> pages >> resident) {
        const auto page_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
        metrics.gauge("process_resident_memory_bytes", "Memory in use.", resident * page_bytes);
        metrics.gauge("process_virtual_memory_bytes", "Address space in use.", pages * page_bytes);
    }
    std::error_code failure;
    const std::filesystem::directory_iterator files("/proc/self/fd", failure);
    if (!failure) metrics.gauge("process_open_fds", "Open files.", std::distance(begin(files), end(files)));
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        metrics.gauge("process_max_fds", "How many may be open.", limit.rlim_cur);
}

}  // namespace

std::string metrics_text(const ApiParts& parts) {
    Metrics metrics;
    add_chain(metrics, parts.chain);
    add_peers(metrics, parts.peers);
    add_blobs(metrics, parts.blobs);
    add_storage(metrics, parts.data_directory);
    add_model(metrics, parts);
    if (parts.contributor != nullptr) add_work(metrics, parts.contributor->counters());
    if (parts.answer_server != nullptr)
        add_answers(metrics, parts.answer_server->counters(), parts.answer_server->payments().counters());
    add_http(metrics, parts.http_counters());
    add_process(metrics, parts.started);
    return metrics.text();
}

}  // namespace dure::node
