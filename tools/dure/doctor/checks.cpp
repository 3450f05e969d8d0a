#include "tools/dure/doctor/checks.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace dure::tools {

namespace {

Finding ok(const char* check, std::string value) {
    return {check, Verdict::ok, std::move(value), ""};
}
Finding warn(const char* check, std::string value, std::string remedy) {
    return {check, Verdict::warn, std::move(value), std::move(remedy)};
}
Finding fail(const char* check, std::string value, std::string remedy) {
    return {check, Verdict::fail, std::move(value), std::move(remedy)};
}

/// "12.5 GiB".
std::string gib(std::uint64_t bytes) {
    const std::uint64_t tenths = (bytes >> 20) * 10 / 1024;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GiB";
}

/// "1.250 s".
std::string in_seconds(std::chrono::milliseconds time) {
    std::array<char, 32> text{};
    const auto count = std::llabs(time.count());
    std::snprintf(text.data(), text.size(), "%lld.%03lld s", count / 1'000, count % 1'000);
    return text.data();
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts)
        all += (all.empty() ? "" : ", ") + text;
    return all;
}

}  // namespace

const char* name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::ok:
            return "ok";
        case Verdict::warn:
            return "warn";
        case Verdict::fail:
            return "fail";
    }
    return "fail";
}

Finding check_config(const ConfigFacts& facts) {
    if (facts.fault) {
        return fail("config", facts.fault->message,
                    "mend " + facts.file +
                        ", or let dure init make one; docs/operating/configuration.md has every key");
    }
    const std::string value =
        facts.file +
        ", roles: " + (facts.roles.empty() ? std::string("none, it only follows") : joined(facts.roles));
    if (facts.api_is_open) {
        return warn("config", value + "; the API listens to other machines",
                    "whoever reaches it may use it: set api.listen to 127.0.0.1, or put a proxy with limits "
                    "before it");
    }
    return ok("config", value);
}

Finding check_key(const KeyFacts& facts) {
    if (facts.fault)
        return fail("key", facts.fault->message,
                    "restore " + facts.file +
                        " from your backup, for its owner alone (chmod 600); dure init makes a new node's");
    if (facts.needs_password) {
        return warn(
            "key", facts.address + ", locked by a password",
            "a service that starts unattended needs --password-file, or DURE_PASSWORD in its environment");
    }
    return ok("key", facts.address);
}

Finding check_genesis(const GenesisFacts& facts) {
    if (facts.fault)
        return fail("genesis", facts.fault->message,
                    "copy the chain's genesis to " + facts.file + "; a node gives it at /v1/genesis");
    return ok("genesis", facts.chain);
}

Finding check_node(const NodeFacts& facts) {
    if (!facts.running) return ok("node", "not running");
    const std::string value = "running, at height " + std::to_string(facts.height);
    if (facts.syncing)
        return warn("node", value + ", catching up",
                    "wait; if the height does not rise, look at its peers and its log");
    return ok("node", value);
}

Finding check_port(const PortFacts& facts) {
    const char* const check = facts.for_others ? "peers' port" : "API's port";
    if (facts.address.empty()) {
        return warn(check, facts.key + " is empty: no connections are taken",
                    "set it, so that others can dial this node, if it is not behind a wall on purpose");
    }
    if (facts.fault && facts.node_is_running) return ok(check, facts.address + ", held by this node");
    if (facts.fault) {
        return fail(
            check, facts.fault->message,
            "end the program that has " + facts.address + " (ss -ltnp shows it), or change " + facts.key);
    }
    if (facts.changes) {
        return warn(check, facts.address + ": another port each start",
                    "give " + facts.key + " a port of its own");
    }
    if (facts.for_others && facts.for_this_machine) {
        return warn(check, facts.address + ": only this machine reaches it",
                    "set peers.listen to 0.0.0.0:PORT and peers.advertised to the address that others see");
    }
    return ok(check, facts.address + ", free");
}

Finding check_disk(const DiskFacts& facts) {
    if (facts.fault)
        return fail("disk", facts.fault->message,
                    "make " + facts.folder + " writable for the user that runs the node");
    const std::string value = gib(facts.free_bytes) + " free at " + facts.folder;
    if (facts.free_bytes < k_least_free_bytes)
        return fail("disk", value,
                    "free at least " + gib(k_least_free_bytes) + ": a node whose disk is full stops");
    const std::uint64_t blobs =
        facts.blobs_max_bytes > facts.blobs_bytes ? facts.blobs_max_bytes - facts.blobs_bytes : 0;
    if (facts.free_bytes < blobs || facts.free_bytes - blobs < k_chain_reserve_bytes) {
        return warn("disk",
                    value + "; texts and checkpoints may take " + gib(blobs) + " more, and the chain grows",
                    "lower limits.blobs_max_bytes, or take a larger disk");
    }
    return ok("disk", value);
}

Finding check_clock(const ClockFacts& facts) {
    const std::string advice = "let chrony or systemd-timesyncd keep the clock (timedatectl set-ntp true)";
    if (facts.offset) {
        const auto skew = std::chrono::milliseconds(std::llabs(facts.offset->count()));
        const std::string value =
            in_seconds(skew) + (facts.offset->count() < 0 ? " ahead of " : " behind ") + facts.time_server;
        if (skew >= k_harmful_skew)
            return fail("clock", value, advice + ": payments' challenges would not hold");
        if (skew >= k_worrying_skew) return warn("clock", value, advice);
        return facts.disciplined ? ok("clock", value)
                                 : warn("clock", value + ", but nothing keeps it so", advice);
    }
    if (facts.fault)
        return warn("clock", facts.fault->message, "ask another server with --time-server, or none");
    if (!facts.disciplined)
        return warn("clock", "nothing keeps it right",
                    advice + "; dure doctor --time-server HOST compares it");
    return ok("clock", "kept right");
}

Finding check_cpu(const CpuFacts& facts) {
    const std::string value = std::to_string(facts.cores) + " cores, kernels " + facts.fastest;
    if (!facts.wanted_runs) {
        return fail("cpu", value + "; training.kernels is \"" + facts.wanted + "\"",
                    "set training.kernels to \"auto\": all kernels give the same bits");
    }
    if (facts.wanted_cores > facts.cores) {
        return warn("cpu", value + "; training and answering may take " + std::to_string(facts.wanted_cores),
                    "lower limits.cores or limits.inference_cores: agreement needs time, too");
    }
    if (facts.computes && facts.fastest == "reference") {
        return warn("cpu", value, "this CPU has no AVX2: training and answering are many times slower here");
    }
    if (facts.computes && facts.wanted == "reference" && facts.fastest != "reference")
        return warn("cpu", value + "; training.kernels is \"reference\"",
                    "set it to \"auto\": the same bits, much faster");
    return ok("cpu", value);
}

Finding check_cuda(const CudaFacts& facts) {
    if (facts.wanted == "cpu")
        return ok("cuda", facts.fault.empty() ? "there is a GPU; training.device is \"cpu\"" : "not wanted");
    if (facts.fault.empty()) return ok("cuda", "used");
    if (facts.wanted == "auto") return ok("cuda", "the CPU computes: " + facts.fault);
    return fail("cuda", facts.fault,
                "set training.device to \"auto\" or \"cpu\": the same bits; docs/operating/devices.md");
}

Finding check_files(const FilesFacts& facts) {
    const std::string value = std::to_string(facts.limit) + " open files allowed";
    if (facts.limit < k_enough_files)
        return warn(
            "files", value,
            "allow " + std::to_string(k_enough_files) + " (ulimit -n, or LimitNOFILE of the service)");
    return ok("files", value);
}

Finding check_peers(const PeerFacts& facts) {
    if (facts.node.running && facts.node.peers > 0)
        return ok("peers", std::to_string(facts.node.peers) + " connected");
    const std::size_t count = facts.configured.size();
    std::vector<std::string> silent;
    for (const PeerFacts::Dialled& peer : facts.configured) {
        if (peer.fault) silent.push_back(peer.endpoint);
    }
    const std::string answered =
        std::to_string(count - silent.size()) + " of " + std::to_string(count) + " in peers.connect answer";
    if (count > 0 && silent.size() == count) {
        return fail("peers", answered + ": " + facts.configured.front().fault->message,
                    "look whether they run and whether a firewall stands between, or name others");
    }
    if (facts.node.running && !facts.only_validator) {
        return fail(
            "peers", "none connected; " + answered,
            count == 0 ? "name some in peers.connect" : "look at the node's log: they may refuse this node");
    }
    if (!silent.empty()) return warn("peers", answered, "without answer: " + joined(silent));
    if (count > 0) return ok("peers", answered);
    if (facts.only_validator) return ok("peers", "none needed: this node is the chain's only validator");
    if (facts.reachable)
        return warn("peers", "none in peers.connect", "name some, if nobody dials this node");
    return fail("peers", "none in peers.connect, and nobody can dial this node",
                "name some in peers.connect");
}

std::vector<Finding> check_all(const Facts& facts) {
    std::vector<Finding> findings{check_config(facts.config)};
    if (!facts.config.fault) {
        findings.push_back(check_key(facts.key));
        findings.push_back(check_genesis(facts.genesis));
        findings.push_back(check_node(facts.node));
        for (const PortFacts& port : facts.ports)
            findings.push_back(check_port(port));
        findings.push_back(check_disk(facts.disk));
    }
    findings.push_back(check_clock(facts.clock));
    if (!facts.config.fault) {
        findings.push_back(check_cpu(facts.cpu));
        findings.push_back(check_cuda(facts.cuda));
    }
    findings.push_back(check_files(facts.files));
    if (!facts.config.fault) findings.push_back(check_peers(facts.peers));
    return findings;
}

}  // namespace dure::tools
