/*
 * Dure's consensus for spin: the rules of docs/protocol/consensus.md, by their numbers there, with weights, faulty leaders and voters,
 * messages that come late, twice, in any order or never, and crashes at any moment. README.md says what is left out, what is checked,
 * how to run it and what was explored; tools/model_check runs it.
 *
 * Messages. A signed vote goes into the set of all signed votes and stays there; a certificate exists once a quorum's votes do. A
 * validator may act on any certificates that exist, and need not know of any.
 *
 * Crashes. Each step is taken by a validator that has just restarted: it has its journal, and besides that whatever certificates the
 * network brings it now. One that has not crashed can do nothing that such a one cannot.
 *
 * Faulty validators have signed every vote there is, so their weight counts for each; with ACCOUNTABLE they sign one by one, for there
 * it matters what they signed. Every leader is faulty, for what an honest leader does a faulty one may do as well. An honest leader
 * (rule 2) appears in the good period at the end (GOES_ON).
 *
 * The scope, by -D: validators 0..HONEST-1 follow the rules, the FAULTY ones after them do not; W0, W1... are the weights; SLOTS;
 * VARIANTS, the number of new blocks that a faulty leader makes in one slot.
 */
#ifndef HONEST
#define HONEST 3
#define FAULTY 1
#define W0 2
#define W1 2
#define W2 1
#define W3 2
#endif
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef VARIANTS
#define VARIANTS 2
#endif
#ifndef W3
#define W3 0
#endif
#ifndef W4
#define W4 0
#endif
#ifndef W5
#define W5 0
#endif
#define ALL (HONEST + FAULTY)
#define TOTAL_WEIGHT (W0 + W1 + W2 + W3 + W4 + W5)
#define weight(v) (v == 0 -> W0 : (v == 1 -> W1 : (v == 2 -> W2 : (v == 3 -> W3 : (v == 4 -> W4 : W5)))))
#define voice(v) weight(v)

/* Quorum: more than two thirds of all weight. */
#define is_quorum(w) (3 * (w) > 2 * TOTAL_WEIGHT)
#ifdef MUTANT_QUORUM_OF_HALF
#undef is_quorum
#define is_quorum(w) (2 * (w) > TOTAL_WEIGHT)
#endif
#ifdef MUTANT_HEADS_COUNT
#undef voice
#undef is_quorum
#define voice(v) 1
#define is_quorum(w) (3 * (w) > 2 * ALL)
#endif

/*
 * Blocks. Block 0 is the root; block(s, k) is the k-th that was new in slot s. A block names its parent but no slot, and may be proposed
 * again in later slots. Sets of blocks and sets of slots are masks.
 */
#define BLOCKS (SLOTS * VARIANTS)
#if SLOTS * VARIANTS > 8
#error "sets of blocks are bytes: SLOTS * VARIANTS is at most 8"
#endif
#define ROOT 0
#define NONE 255
#define block(s, k) ((s - 1) * VARIANTS + k + 1)
#define origin(b) ((b - 1) / VARIANTS + 1)
#define bit(x) (1 << (x - 1))
byte parent_of[BLOCKS + 1] = NONE;
#define made(b) (parent_of[b] != NONE)

/* All that was ever signed: for each voter and slot the blocks notarized and finalized, for each voter the slots skipped. */
#ifdef ACCOUNTABLE
#define VOTERS ALL
#else
#define VOTERS HONEST
#endif
#define at(v, s) (v * SLOTS + s - 1)
byte notarized[VOTERS * SLOTS];
byte finalized[VOTERS * SLOTS];
byte skipped[VOTERS];

/* The certificates that exist: for each slot the notarized and the final blocks; the skipped slots. */
byte notarization[SLOTS + 1];
byte finalization[SLOTS + 1];
byte skips;

/* What an honest validator's journal says that it signed. */
#ifdef MUTANT_JOURNAL_LOST
byte own_notarized[HONEST * SLOTS];
byte own_finalized[HONEST * SLOTS];
byte own_skipped[HONEST];
#define journal(own, index, vote) own[index] = own[index] | (vote)
#else
#define own_notarized notarized
#define own_finalized finalized
#define own_skipped skipped
#define journal(own, index, vote) skip
#endif

hidden byte i, x, w, slot_, block_, yes, newest; /* for use within one step */

/* ---- The lemmas of "Why it is safe", checked whenever a certificate comes into being ---- */

/* yes: block a is an ancestor of block b; with `same`, or b itself. */
inline descends(b, a, same) {
    x = b;
    yes = same && b == a;
    do
    :: x != ROOT && !yes -> x = parent_of[x]; yes = (x == a)
    :: else -> break
    od
}

#ifdef ACCOUNTABLE
#define lemma(holds) skip
#else
#define lemma(holds) assert(holds)
#endif

inline lemmas_of_notarization(s, b) {
    lemma(notarization[s] == bit(b));                 /* one block is notarized in a slot */
    lemma((finalization[s] & ~bit(b)) == 0);          /* and no other is final there */
    slot_ = 1;
    do
    :: slot_ < s ->
        block_ = 1;
        do
        :: block_ <= BLOCKS ->
            if
            :: finalization[slot_] & bit(block_) ->
                descends(b, block_, false);
                lemma(yes)                            /* what is final in an earlier slot is its ancestor */
            :: else
            fi;
            block_++
        :: else -> break
        od;
        slot_++
    :: else -> break
    od
}

inline lemmas_of_skip(s) {
    lemma(finalization[s] == 0)                       /* no slot is both final and skipped */
}

inline lemmas_of_finalization(s, b) {
    lemma(notarization[s] == bit(b));                 /* what is final is notarized, and nothing else in its slot */
    lemma((skips & bit(s)) == 0);                     /* no slot is both final and skipped */
#ifdef WITNESS
    assert(!(s == 3 && (skips & bit(2)) && finalization[1])); /* slots 1 and 3 are final and slot 2 is skipped: the model gets there */
#endif
    slot_ = s + 1;
    do
    :: slot_ <= SLOTS ->
        block_ = 1;
        do
        :: block_ <= BLOCKS ->
            if
            :: notarization[slot_] & bit(block_) ->
                descends(block_, b, false);
                lemma(yes)                            /* what is notarized in a later slot descends from it */
            :: else
            fi;
            block_++
        :: else -> break
        od;
        slot_++
    :: else -> break
    od;
    agreement(s, b)
}

/* Of any two final blocks one descends from the other: no two blocks are final at one height. */
inline agreement(s, b) {
    slot_ = 1;
    do
    :: slot_ <= SLOTS ->
        block_ = 1;
        do
        :: block_ <= BLOCKS ->
            if
            :: finalization[slot_] & bit(block_) ->
                descends(block_, b, true);
                if
                :: yes
                :: else ->
                    descends(b, block_, true);
                    if
                    :: yes
                    :: else -> fork()
                    fi
                fi
            :: else
            fi;
            block_++
        :: else -> break
        od;
        slot_++
    :: else -> break
    od
}

/* Rule 10: the votes of one voter in one slot contradict each other. */
#define many(set) ((set & (set - 1)) != 0)
#ifdef MUTANT_EVIDENCE_WITHOUT_SKIP_AND_FINALIZE
#define skip_and_finalize(v, s) false
#else
#define skip_and_finalize(v, s) (finalized[at(v, s)] && (skipped[v] & bit(s)))
#endif
#ifdef MUTANT_EVIDENCE_WITHOUT_NOTARIZE_AND_FINALIZE
#define notarize_and_finalize(v, s) false
#else
#define notarize_and_finalize(v, s) (finalized[at(v, s)] && notarized[at(v, s)] && many((notarized[at(v, s)] | finalized[at(v, s)])))
#endif
#ifdef MUTANT_EVIDENCE_WITHOUT_TWINS
#define twins(v, s) false
#else
#define twins(v, s) (many(notarized[at(v, s)]) || many(finalized[at(v, s)]))
#endif
#define contradicts(v, s) (twins(v, s) || notarize_and_finalize(v, s) || skip_and_finalize(v, s))

#ifdef ACCOUNTABLE
/* Accountability: what was signed convicts validators of more than a third of the weight. */
bool forked;
inline fork() {
    forked = true;
    w = 0;
    i = HONEST;
    do
    :: i < ALL ->
        x = 1;
        do
        :: x <= SLOTS ->
            if
            :: contradicts(i, x) -> w = w + weight(i); break
            :: else -> x++
            fi
        :: else -> break
        od;
        i++
    :: else -> break
    od;
    assert(3 * w > TOTAL_WEIGHT) /* a fork convicts more than a third of the weight */
}
#else
#define forked false
inline fork() {
    assert(false) /* no two final blocks beside each other */
}
#endif

/* ---- Signing and counting ---- */

/* w: the weight behind a vote; `agrees` says of voter i whether it signed. */
#ifdef ACCOUNTABLE
#define FAULTY_VOICE 0
#else
#define faulty_voice(v) (HONEST <= v && v < ALL -> voice(v) : 0)
#define FAULTY_VOICE (faulty_voice(1) + faulty_voice(2) + faulty_voice(3) + faulty_voice(4) + faulty_voice(5))
#endif
inline tally(agrees) {
    w = FAULTY_VOICE;
    i = 0;
    do
    :: i < VOTERS ->
        if
        :: agrees -> w = w + voice(i)
        :: else
        fi;
        i++
    :: else -> break
    od
}

inline count_notarize(s, b) {
    tally(notarized[at(i, s)] & bit(b));
    if
    :: is_quorum(w) && !(notarization[s] & bit(b)) ->
        notarization[s] = notarization[s] | bit(b);
        printf("    notarized: block %d in slot %d\n", b, s);
        lemmas_of_notarization(s, b)
    :: else
    fi
}
inline count_finalize(s, b) {
    tally(finalized[at(i, s)] & bit(b));
    if
    :: is_quorum(w) && !(finalization[s] & bit(b)) ->
        finalization[s] = finalization[s] | bit(b);
        printf("    final: block %d in slot %d\n", b, s);
        lemmas_of_finalization(s, b)
    :: else
    fi
}
inline count_skip(s) {
    tally(skipped[i] & bit(s));
    if
    :: is_quorum(w) && !(skips & bit(s)) ->
        skips = skips | bit(s);
        printf("    skipped: slot %d\n", s);
        lemmas_of_skip(s)
    :: else
    fi
}

/* Validators 0, 1 and 2 have the same weight: states that differ only in which of them is which count once. */
#ifdef SYMMETRIC
#define votes_in(v, s) ((notarized[at(v, s)] * 256 + finalized[at(v, s)]) * 2 + ((skipped[v] & bit(s)) -> 1 : 0))
#define swap(a, b) x = a; a = b; b = x
inline order(v, u) {
    slot_ = 1;
    do
    :: slot_ <= SLOTS && votes_in(v, slot_) == votes_in(u, slot_) -> slot_++
    :: else -> break
    od;
    if
    :: slot_ <= SLOTS && votes_in(v, slot_) > votes_in(u, slot_) ->
        swap(skipped[v], skipped[u]);
        slot_ = 1;
        do
        :: slot_ <= SLOTS ->
            swap(notarized[at(v, slot_)], notarized[at(u, slot_)]);
            swap(finalized[at(v, slot_)], finalized[at(u, slot_)]);
            slot_++
        :: else -> break
        od
    :: else
    fi
}
inline settle() {
    order(0, 1);
    order(1, 2);
    order(0, 1)
}
#else
#define settle() skip
#endif

/* An honest validator's vote: the record is durable, then the vote is out (rule 9); and it makes no evidence (rule 10). */
inline sign_notarize(v, s, b) {
    printf("validator %d notarizes block %d (on %d) in slot %d\n", v, b, parent_of[b], s);
    notarized[at(v, s)] = notarized[at(v, s)] | bit(b);
    journal(own_notarized, at(v, s), bit(b));
    assert(!contradicts(v, s)); /* no two votes of an honest validator are evidence */
    count_notarize(s, b);
    settle()
}
inline sign_finalize(v, s, b) {
    printf("validator %d finalizes block %d in slot %d\n", v, b, s);
    finalized[at(v, s)] = finalized[at(v, s)] | bit(b);
    journal(own_finalized, at(v, s), bit(b));
    assert(!contradicts(v, s)); /* no two votes of an honest validator are evidence */
    count_finalize(s, b);
    settle()
}
inline sign_skip(v, s) {
    printf("validator %d skips slot %d\n", v, s);
    skipped[v] = skipped[v] | bit(s);
    journal(own_skipped, v, bit(s));
    assert(!contradicts(v, s)); /* no two votes of an honest validator are evidence */
    count_skip(s);
    settle()
}

/* The table "What may be signed in a slot". */
#define has_notarized(v, s) own_notarized[at(v, s)]
#define has_notarized_another(v, s, b) (own_notarized[at(v, s)] & ~bit(b))
#define has_finalized(v, s) own_finalized[at(v, s)]
#define has_finalized_another(v, s, b) (own_finalized[at(v, s)] & ~bit(b))
#define has_skipped(v, s) (own_skipped[v] & bit(s))

#define may_notarize(v, s, b) (!has_notarized(v, s) && !has_skipped(v, s) && !has_finalized_another(v, s, b))
#define may_finalize(v, s, b) (!has_finalized(v, s) && !has_skipped(v, s) && !has_notarized_another(v, s, b))
#define may_skip(v, s) (!has_skipped(v, s) && !has_finalized(v, s))
#ifdef MUTANT_NOTARIZE_TWICE
#undef may_notarize
#define may_notarize(v, s, b) (!(own_notarized[at(v, s)] & bit(b)) && !has_skipped(v, s) && !has_finalized_another(v, s, b))
#endif
#ifdef MUTANT_NOTARIZE_AFTER_SKIP
#undef may_notarize
#define may_notarize(v, s, b) (!has_notarized(v, s) && !has_finalized_another(v, s, b))
#endif
#ifdef MUTANT_FINALIZE_AFTER_SKIP
#undef may_finalize
#define may_finalize(v, s, b) (!has_finalized(v, s) && !has_notarized_another(v, s, b))
#endif
#ifdef MUTANT_FINALIZE_ANOTHER
#undef may_finalize
#define may_finalize(v, s, b) (!has_finalized(v, s) && !has_skipped(v, s))
#endif
#ifdef MUTANT_SKIP_AFTER_FINALIZE
#undef may_skip
#define may_skip(v, s) (!has_skipped(v, s))
#endif

/* ---- The rules of an honest validator, me ---- */

#define me _pid

/* Rule 1: certificates can bring me to slot s, and my journal holds none that takes me out of it. */
#define certified(s) (notarization[s] || (skips & bit(s)))
#define way_to_1 true
#define way_to_2 (certified(1) || finalization[1])
#define way_to_3 ((certified(2) && way_to_2) || finalization[2])
#define way_to_4 ((certified(3) && way_to_3) || finalization[3])
#ifdef MUTANT_RECORD_WITHOUT_NOTARIZATION
#define can_be_in(s) (!forked && way_to_##s)
#else
#define can_be_in(s) (!forked && way_to_##s && !has_finalized(me, s))
#endif

/* Rule 3: a block of slot s whose parent stands in slot p: the parent is notarized or final there, the slots between are skipped. */
#define between(p, s) ((1 << (s - 1)) - (1 << p))
#ifdef MUTANT_GAP_UNCHECKED
#define gap_is_skipped(p, s) true
#else
#define gap_is_skipped(p, s) ((skips & between(p, s)) == between(p, s))
#endif
#ifdef MUTANT_PARENT_UNCHECKED
#define parents_in(p) ((made(block(p, 0)) -> bit(block(p, 0)) : 0) | (made(block(p, 1)) -> bit(block(p, 1)) : 0))
#else
#define parents_in(p) (notarization[p] | finalization[p])
#endif

/* An old block b once more, or a new one that was shown to others before. */
#define notarize_known(s, p, b)                                                                                                   \
    :: d_step { p < s && origin(b) <= s && made(b) && can_be_in(s) && may_notarize(me, s, b) && gap_is_skipped(p, s) &&           \
                (p == 0 -> parent_of[b] == ROOT : parent_of[b] != ROOT && (parents_in(p) & bit(parent_of[b]))) ->                 \
                sign_notarize(me, s, b) }
/* A new block, the next of this leader in this slot, on the first block that can be a parent in slot p, or on the last. */
#define notarize_new(s, p, k)                                                                                                     \
    NEW_BLOCK(s, p, k, (p == 0 || parents_in(p)), 1, block_ < BLOCKS && !(parents_in(p) & bit(block_)), block_ + 1)               \
    NEW_BLOCK(s, p, k, p > 0 && many(parents_in(p)), BLOCKS, !(parents_in(p) & bit(block_)), block_ - 1)
#define NEW_BLOCK(s, p, k, there_is_one, first, not_this, next)                                                                   \
    :: d_step { p < s && k < VARIANTS && !made(block(s, k)) && (k == 0 || made(block(s, (k == 0 -> 0 : k - 1)))) &&               \
                can_be_in(s) && may_notarize(me, s, block(s, k)) && gap_is_skipped(p, s) && there_is_one ->                       \
                block_ = (p == 0 -> ROOT : first);                                                                                \
                do                                                                                                                \
                :: p > 0 && not_this -> block_ = next                                                                             \
                :: else -> break                                                                                                  \
                od;                                                                                                               \
                parent_of[block(s, k)] = block_;                                                                                  \
                sign_notarize(me, s, block(s, k)) }

/* Rule 4: on a notarization vote finalize. (A validator that knows the slot to be skipped for good does not; this one does not know.) */
#ifdef MUTANT_FINALIZE_UNNOTARIZED
#define may_be_final(s, b) (notarized[at(me, s)] & bit(b))
#else
#define may_be_final(s, b) (notarization[s] & bit(b))
#endif
#define finalize(s, b)                                                                                                            \
    :: d_step { !forked && may_be_final(s, b) && may_finalize(me, s, b) -> sign_finalize(me, s, b) }

/* Rule 5: skip the current slot. A timer may fire at any time, so no reason is asked for. */
#define skip_slot(s)                                                                                                              \
    :: d_step { can_be_in(s) && may_skip(me, s) -> sign_skip(me, s) }

/* Rules 6 and 7 only bring certificates, see rule 1. Rule 9: a restart brings back what was signed. */
#ifdef MUTANT_JOURNAL_LOST
#define lose_journal(s)                                                                                                           \
    :: d_step { has_notarized(me, s) || has_finalized(me, s) || has_skipped(me, s) ->                                             \
                own_notarized[at(me, s)] = 0;                                                                                     \
                own_finalized[at(me, s)] = 0;                                                                                     \
                own_skipped[me] = own_skipped[me] & ~bit(s) }
#else
#define lose_journal(s)
#endif

/* ---- Who takes the steps ---- */

#if SLOTS == 1
#define EACH_SLOT(step) step(1)
#define EACH_PARENT(step, s) step(s, 0)
#elif SLOTS == 2
#define EACH_SLOT(step) step(1) step(2)
#define EACH_PARENT(step, s) step(s, 0) step(s, 1)
#elif SLOTS == 3
#define EACH_SLOT(step) step(1) step(2) step(3)
#define EACH_PARENT(step, s) step(s, 0) step(s, 1) step(s, 2)
#else
#define EACH_SLOT(step) step(1) step(2) step(3) step(4)
#define EACH_PARENT(step, s) step(s, 0) step(s, 1) step(s, 2) step(s, 3)
#endif
#define EACH_BLOCK_1(step, ...) step(__VA_ARGS__, 1)
#define EACH_BLOCK_2(step, ...) EACH_BLOCK_1(step, __VA_ARGS__) step(__VA_ARGS__, 2)
#define EACH_BLOCK_3(step, ...) EACH_BLOCK_2(step, __VA_ARGS__) step(__VA_ARGS__, 3)
#define EACH_BLOCK_4(step, ...) EACH_BLOCK_3(step, __VA_ARGS__) step(__VA_ARGS__, 4)
#define EACH_BLOCK_6(step, ...) EACH_BLOCK_4(step, __VA_ARGS__) step(__VA_ARGS__, 5) step(__VA_ARGS__, 6)
#define EACH_BLOCK_8(step, ...) EACH_BLOCK_6(step, __VA_ARGS__) step(__VA_ARGS__, 7) step(__VA_ARGS__, 8)
#if SLOTS * VARIANTS == 1
#define EACH_BLOCK EACH_BLOCK_1
#elif SLOTS * VARIANTS == 2
#define EACH_BLOCK EACH_BLOCK_2
#elif SLOTS * VARIANTS == 3
#define EACH_BLOCK EACH_BLOCK_3
#elif SLOTS * VARIANTS == 4
#define EACH_BLOCK EACH_BLOCK_4
#elif SLOTS * VARIANTS == 6
#define EACH_BLOCK EACH_BLOCK_6
#elif SLOTS * VARIANTS == 8
#define EACH_BLOCK EACH_BLOCK_8
#else
#error "SLOTS * VARIANTS is to be 1, 2, 3, 4, 6 or 8"
#endif

#define proposals_on(s, p) EACH_BLOCK(notarize_known, s, p) notarize_new(s, p, 0) notarize_new(s, p, 1) notarize_new(s, p, 2)
#define rule_3(s) EACH_PARENT(proposals_on, s)
#define rule_4(s) EACH_BLOCK(finalize, s)
#define rule_5(s) skip_slot(s)

active [HONEST] proctype honest() {
    do
    EACH_SLOT(rule_3)
    EACH_SLOT(rule_4)
    EACH_SLOT(rule_5)
    EACH_SLOT(lose_journal)
    od
}

#ifdef ACCOUNTABLE
/* A faulty validator signs what completes a certificate, and nothing else: more would only convict it. */
#define completes(agrees) tally(i >= HONEST || (agrees))
#define faulty_notarize(s, b)                                                                                                     \
    :: d_step { !forked && made(b) && origin(b) <= s && !(notarized[at(me, s)] & bit(b)) && !(notarization[s] & bit(b)) ->        \
                completes(notarized[at(i, s)] & bit(b));                                                                          \
                if                                                                                                                \
                :: is_quorum(w) ->                                                                                                \
                    notarized[at(me, s)] = notarized[at(me, s)] | bit(b);                                                         \
                    printf("faulty %d notarizes block %d in slot %d\n", me, b, s);                                                \
                    count_notarize(s, b)                                                                                          \
                :: else                                                                                                           \
                fi }
#define faulty_finalize(s, b)                                                                                                     \
    :: d_step { !forked && made(b) && origin(b) <= s && !(finalized[at(me, s)] & bit(b)) && !(finalization[s] & bit(b)) ->        \
                completes(finalized[at(i, s)] & bit(b));                                                                          \
                if                                                                                                                \
                :: is_quorum(w) ->                                                                                                \
                    finalized[at(me, s)] = finalized[at(me, s)] | bit(b);                                                         \
                    printf("faulty %d finalizes block %d in slot %d\n", me, b, s);                                                \
                    count_finalize(s, b)                                                                                          \
                :: else                                                                                                           \
                fi }
#define faulty_skip(s)                                                                                                            \
    :: d_step { !forked && !(skipped[me] & bit(s)) && !(skips & bit(s)) ->                                                        \
                completes(skipped[i] & bit(s));                                                                                   \
                if                                                                                                                \
                :: is_quorum(w) ->                                                                                                \
                    skipped[me] = skipped[me] | bit(s);                                                                           \
                    printf("faulty %d skips slot %d\n", me, s);                                                                   \
                    count_skip(s)                                                                                                 \
                :: else                                                                                                           \
                fi }
/* Where the faulty ones are a quorum by themselves, they need nobody to notarize a block on a parent of their choice. */
#ifdef FAULTY_QUORUM
#define faulty_block(s)                                                                                                           \
    :: d_step { !forked && !made(block(s, 0)) -> parent_of[block(s, 0)] = ROOT }
#else
#define faulty_block(s)
#endif
#define faulty_notarizes(s) EACH_BLOCK(faulty_notarize, s)
#define faulty_finalizes(s) EACH_BLOCK(faulty_finalize, s)

active [FAULTY] proctype faulty() {
    do
    EACH_SLOT(faulty_notarizes)
    EACH_SLOT(faulty_finalizes)
    EACH_SLOT(faulty_skip)
    EACH_SLOT(faulty_block)
    od
}
#endif

#ifdef GOES_ON
/*
 * "Why it goes on", from any state: the faulty ones fall silent, everyone has restarted, so that only journals are left of what was held,
 * and whatever honest validators sign or hold reaches all of them. Then every slot ends: in a notarization that a journal brings or honest
 * votes give, or else the timers fire and honest votes skip it. In the slot after the last an honest leader (rule 2) extends the newest
 * notarized block, all may notarize that, and it is final, on top of all that was.
 */
#ifdef MUTANT_VOTES_NOT_RESENT
#define arrives(v) (v != 0)
#else
#define arrives(v) true
#endif
inline honest_weight(agrees) {
    w = 0;
    i = 0;
    do
    :: i < HONEST ->
        if
        :: agrees -> w = w + voice(i)
        :: else
        fi;
        i++
    :: else -> break
    od
}
/* x: the block that all of them come to hold as notarized in slot s, 0 if there is none. */
inline notarization_at_hand(s) {
    x = 0;
    block_ = 1;
    do
    :: block_ <= BLOCKS ->
        honest_weight((notarized[at(i, s)] & bit(block_)) && arrives(i));
        yes = is_quorum(w);
#ifndef MUTANT_RECORD_WITHOUT_NOTARIZATION
        honest_weight((finalized[at(i, s)] & bit(block_)) && (notarization[s] & bit(block_)));
        yes = yes || w > 0;
#endif
        x = (yes -> block_ : x);
        block_++
    :: else -> break
    od
}
active proctype good_period() {
    do
    :: d_step {
        newest = ROOT;
        slot_ = 1;
        do
        :: slot_ <= SLOTS ->
            notarization_at_hand(slot_);
            if
            :: x > 0 -> newest = x
            :: else ->
                honest_weight(may_skip(i, slot_) || (has_skipped(i, slot_) && arrives(i)));
                assert(is_quorum(w))                 /* every slot ends */
            fi;
            slot_++
        :: else -> break
        od;
        slot_ = 1;
        do
        :: slot_ <= SLOTS ->
            block_ = 1;
            do
            :: block_ <= BLOCKS ->
                if
                :: finalization[slot_] & bit(block_) -> descends(newest, block_, true); assert(yes) /* nothing final is left behind */
                :: else
                fi;
                block_++
            :: else -> break
            od;
            slot_++
        :: else -> break
        od
       }
    od
}
#endif
