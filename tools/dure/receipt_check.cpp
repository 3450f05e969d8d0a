#include "tools/dure/receipt_check.h"

#include <algorithm>
#include <limits>
#include <map>

#include "base/money.h"
#include "tools/dure/api.h"

namespace dure::tools {

namespace json = boost::json;

namespace {

constexpr std::uint64_t k_whole = 10'000;  ///< basis points
constexpr std::uint64_t k_unit_weight = 1'000;

/// floor(a × b / c). Errors: `malformed`, if that is no number of 64 bits.
Result<std::uint64_t> scaled(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    if (c == 0) return Error{ErrorCode::malformed, "the receipt divides by nothing"};
    const Uint128 quotient = static_cast<Uint128>(a) * b / c;
    if (quotient > std::numeric_limits<std::uint64_t>::max())
        return Error{ErrorCode::malformed, "the receipt's numbers are too large"};
    return static_cast<std::uint64_t>(quotient);
}

std::string product(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    return std::to_string(a) + " x " + std::to_string(b) + " / " + std::to_string(c);
}

class Recount {
  public:
    explicit Recount(const json::value& receipt) : receipt_(receipt) {}

    Result<ReceiptCheck> run() {
        DURE_CHECK(pool());
        DURE_CHECK(part("compute_part", "mint_compute_bp"));
        DURE_CHECK(part("data_part", "mint_data_bp"));
        DURE_CHECK(part("validators_part", "mint_validators_bp"));
        DURE_CHECK(rows());
        return std::move(check_);
    }

  private:
    std::uint64_t formula(const char* name) const {
        return number_at(receipt_, std::string("formula.") + name);
    }
    std::uint64_t mint(const char* name) const { return number_at(receipt_, std::string("mint.") + name); }
    void line(std::string name, std::string computation, std::uint64_t computed, std::uint64_t stated) {
        check_.lines.push_back({std::move(name), std::move(computation), computed, stated});
    }

    Status pool() {
        const std::uint64_t round = number_at(receipt_, "number");
        if (round == 0 || formula("halving_rounds") == 0)
            return Error{ErrorCode::malformed, "this is no receipt of a round"};
        const std::uint64_t halvings = (round - 1) / formula("halving_rounds");
        const std::uint64_t whole = formula("round_pool");
        line("pool", std::to_string(whole) + " / 2^" + std::to_string(halvings),
             halvings < 64 ? whole >> halvings : 0, mint("pool"));

        std::uint64_t accepted = 0;
        for (const auto& unit : list_at(receipt_, "units"))
            accepted += text_at(unit, "status") == "accepted" ? 1U : 0U;
        line("accepted units", "counted", accepted, number_at(receipt_, "units_accepted"));
        const std::uint64_t target = formula("target_units");
        DURE_TRY(const std::uint64_t amount, scaled(mint("pool"), std::min(accepted, target), target));
        line("scaled", product(mint("pool"), std::min(accepted, target), target), amount, mint("scaled"));
        return {};
    }

    Status part(const char* name, const char* basis_points) {
        DURE_TRY(const std::uint64_t amount, scaled(mint("scaled"), formula(basis_points), k_whole));
        line(name, product(mint("scaled"), formula(basis_points), k_whole), amount, mint(name));
        return {};
    }

    Status rows() {
        struct Kind {
            const char* part;
            const char* whole;
            std::uint64_t weights = 0;
        };
        std::map<std::string, Kind> kinds = {{"compute", {"compute_part", "compute_weight"}},
                                             {"data", {"data_part", "windows"}},
                                             {"validator", {"validators_part", "blocks"}}};
        std::uint64_t sum = 0;
        std::size_t number = 0;
        for (const auto& row : list_at(receipt_, "minted")) {
            const auto kind = kinds.find(text_at(row, "kind"));
            if (kind == kinds.end()) return Error{ErrorCode::malformed, "a row of an unknown kind"};
            DURE_CHECK(weight(row, number));
            // A data row's cap takes away from what is paid, not from what all rows share.
            kind->second.weights += number_at(row, kind->first == "data" ? "windows" : "weight");
            const std::uint64_t amount = mint(kind->second.part);
            const std::uint64_t own = number_at(row, "weight");
            const std::uint64_t all = mint(kind->second.whole);
            std::uint64_t paid = 0;
            if (own != 0) {
                DURE_TRY(paid, scaled(amount, own, all));
            }
            line("row " + std::to_string(number++), product(amount, own, all), paid,
                 number_at(row, "amount"));
            if (checked_add(Shares{sum}, Shares{paid}) == std::nullopt)
                return Error{ErrorCode::malformed, "the receipt's rows sum to too much"};
            sum += paid;
        }
        for (const auto& [name, kind] : kinds)
            line(std::string("all ") + kind.whole, "summed over the rows", kind.weights, mint(kind.whole));
        line("minted", "summed over the rows", sum, mint("minted"));
        return {};
    }

    /// 1000 for a unit, thousandths of units for audits; the parameters' for what is less work.
    void compute_weight(const json::value& row, std::size_t number) {
        // More than this no receipt holds; it keeps the sums from wrapping.
        const auto few = [](std::uint64_t value) { return std::min(value, std::uint64_t{1} << 30); };
        const auto count = [&](const char* name) { return few(number_at(row, name)); };
        const std::uint64_t attestation = few(formula("attestation_weight_permille"));
        const std::uint64_t scoring = few(formula("scoring_weight_permille"));
        const std::uint64_t verdict = few(formula("verdict_weight_permille"));
        if (count("verdicts") != 0 && verdict == 0) return;
        const std::uint64_t units = count("units") * k_unit_weight;
        const std::uint64_t others = count("audit_permille") + count("attestations") * attestation +
                                     count("scorings") * scoring + count("verdicts") * verdict;
        const std::uint64_t stated = number_at(row, "weight");
        // A unit that ended early in numbers that are not finite weighs what was done of it.
        line("row " + std::to_string(number) + "'s weight",
             std::to_string(others) + " and at most " + std::to_string(units) + " for units",
             std::clamp(stated, others, others + units), stated);
    }

    /// A data row is paid for no more windows than its shard has, so many times.
    Status weight(const json::value& row, std::size_t number) {
        if (text_at(row, "kind") == "compute") compute_weight(row, number);
        if (text_at(row, "kind") != "data") return {};
        const std::uint64_t length = formula("window_tokens");
        if (length == 0) return Error{ErrorCode::malformed, "the receipt names no window's length"};
        const std::uint64_t cap = number_at(row, "tokens") / length * formula("max_window_repeats");
        line("row " + std::to_string(number) + "'s windows paid",
             "the lesser of " + std::to_string(number_at(row, "windows")) + " and " + std::to_string(cap),
             std::min(number_at(row, "windows"), cap), number_at(row, "weight"));
        return {};
    }

    const json::value& receipt_;
    ReceiptCheck check_;
};

}  // namespace

bool ReceiptCheck::agrees() const {
    return std::all_of(lines.begin(), lines.end(), [](const FormulaLine& one) { return one.agrees(); });
}

Result<ReceiptCheck> check_receipt(const json::value& receipt) {
    return Recount(receipt).run();
}

}  // namespace dure::tools
