// A round's receipt computed again from its own numbers, to the last unit (docs/protocol/rounds.md, "Minting").

const whole = 10_000n; // basis points
const unit_weight = 1_000n;

const number = (value) => BigInt(value ?? 0);
const least = (a, b) => (a < b ? a : b);

function* data_weight(row, formula, name) {
  const cap = (number(row.tokens) / number(formula.window_tokens)) * number(formula.max_window_repeats);
  yield {name: `${name}: windows paid`, computed: least(number(row.windows), cap), stated: number(row.weight)};
}

function* compute_weight(row, formula, name) {
  if (number(row.verdicts) !== 0n && formula.verdict_weight_permille === undefined) return;
  const others = number(row.audit_permille) +
    number(row.attestations) * number(formula.attestation_weight_permille) + number(row.scorings) * number(formula.scoring_weight_permille) +
    number(row.verdicts) * number(formula.verdict_weight_permille);
  const stated = number(row.weight);
  // A unit that ended early in numbers that are not finite weighs what was done of it.
  const most = others + number(row.units) * unit_weight;
  yield {name: `${name}: weight`, computed: stated < others ? others : least(stated, most), stated};
}

/** Yields {name, computed, stated} for every number that follows from others. */
export function* recount(receipt) {
  const {formula, mint, minted, units} = receipt;
  const halvings = (number(receipt.number) - 1n) / number(formula.halving_rounds);
  yield {name: 'pool', computed: number(formula.round_pool) >> halvings, stated: number(mint.pool)};
  const accepted = number(units.filter((unit) => unit.status === 'accepted').length);
  yield {name: 'accepted units', computed: accepted, stated: number(receipt.units_accepted)};
  const target = number(formula.target_units);
  yield {name: 'scaled', computed: (number(mint.pool) * least(accepted, target)) / target, stated: number(mint.scaled)};
  for (const [part, points] of [['compute_part', 'mint_compute_bp'], ['data_part', 'mint_data_bp'], ['validators_part', 'mint_validators_bp']])
    yield {name: part, computed: (number(mint.scaled) * number(formula[points])) / whole, stated: number(mint[part])};

  const kinds = {
    compute: {part: 'compute_part', all: 'compute_weight', weights: 0n},
    data: {part: 'data_part', all: 'windows', weights: 0n},
    validator: {part: 'validators_part', all: 'blocks', weights: 0n},
  };
  let sum = 0n;
  for (const [line, row] of minted.entries()) {
    const kind = kinds[row.kind];
    const name = `line ${line + 1}`;
    if (row.kind === 'compute') yield* compute_weight(row, formula, name);
    if (row.kind === 'data') yield* data_weight(row, formula, name);
    // A data row's cap takes away from what is paid, not from what all rows share.
    kind.weights += number(row.kind === 'data' ? row.windows : row.weight);
    const paid = number(row.weight) === 0n ? 0n : (number(mint[kind.part]) * number(row.weight)) / number(mint[kind.all]);
    yield {name, computed: paid, stated: number(row.amount)};
    sum += paid;
  }
  for (const {all, weights} of Object.values(kinds)) yield {name: all, computed: weights, stated: number(mint[all])};
  yield {name: 'minted', computed: sum, stated: number(mint.minted)};
}
