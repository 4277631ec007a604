# Signs: what a text shows of the passes that may have something to do, told letter by letter.
#
# An automaton, made here from rules about the letter before: one look-up a letter and no branch, as the processor can
# foretell none in text. What it tells may be too much, never too little: a pass whose sign does not show would change
# nothing and count nothing.

DEF STATES = 1024        # room for them; some hundred are reached
DEF LETTER_KINDS = 32

# kinds of letters, as far as signs go
DEF L_SPACE = 0
DEF L_LOW = 1            # 0 or 1, with which telephone numbers begin
DEF L_DIGIT = 2
DEF L_LATIN = 3
DEF L_O = 4
DEF L_L = 5
DEF L_D = 6
DEF L_T = 7
DEF L_W = 8
DEF L_SYLLABLE = 9
DEF L_NUMERAL = 10       # a digit spelled out
DEF L_DOT_WORD = 11      # a syllable that stands for a dot
DEF L_GWANG = 12         # of 광고
DEF L_GUK = 13           # of 국외, 국제, 국내
DEF L_OE = 14            # of 국외, 해외
DEF L_JE = 15            # of 국제, 국내
DEF L_HAE = 16           # of 해외
DEF L_CONSONANT = 17
DEF L_VOWEL = 18
DEF L_OPENING = 19
DEF L_FENCE = 20
DEF L_STOP = 21          # a full stop or a comma
DEF L_HYPHEN = 22
DEF L_SYMBOL = 23
DEF L_HAN_DOT = 24       # an ideograph that stands for a dot
DEF L_HANJA = 25         # a number
DEF L_FOREIGN = 26
DEF L_WORD = 27          # any other letter or digit

DEF MAY_MIX = 1          # a word of two scripts
DEF MAY_LABEL = 2        # a carrier's label, or an advert's
DEF MAY_JAMO = 4         # letters of a syllable that stand alone, or look-alikes of them
DEF MAY_SEPARATE = 8     # something between syllables
DEF MAY_SPACE = 16       # syllables spaced out
DEF MAY_NUMERAL = 32     # numbers in words
DEF MAY_LATIN = 64       # letters spaced out
DEF MAY_REPAIR = 128     # a dot of a link in other clothes
DEF MAY_LINK = 256
DEF MAY_DIGIT = 512      # letters among digits
DEF MAY_ANY = 1023
DEF HANGUL_ONLY = MAY_LABEL | MAY_JAMO | MAY_SEPARATE | MAY_SPACE | MAY_NUMERAL

# what was seen at all; the highest bit marks a letter to be looked at again
DEF SEEN_HANGUL = 1 << 10
DEF SEEN_CONSONANT = 1 << 11
DEF SEEN_HANJA = 1 << 12
DEF SEEN_NUMERAL = 1 << 13
DEF SEEN_FENCE = 1 << 14
DEF MARKED = 1 << 15

# what stands between the last letter of Hangul and here: up to three symbols, or a Latin letter with one on either side
DEF G_FAR = 0
DEF G_NONE = 1
DEF G_S = 2
DEF G_SS = 3
DEF G_SSS = 4
DEF G_L = 5
DEF G_SL = 6
DEF G_LS = 7
DEF G_SLS = 8

DEF LONE = 3             # syllables that stand alone one after another: spaced out, perhaps
DEF WORDS = 3            # words of one letter, one after another: a fourth is a sign

# What is to be known of the letters before.
cdef struct State:
    int gap
    int run       # letters of Hangul up to here: none, one, more
    int numerals  # of them, spelled-out digits one after another
    int chain     # runs of one before it
    int letters   # Latin letters up to here: none, one, more
    int words     # words of one Latin letter before, with one symbol between each two
    int spoken    # letters of `` dot``
    int digit     # whether the last one is a digit
    int round     # whether it is an o or an l
    int host      # whether a link may end here: 1, or before the last space: 2
    int fence     # 2 behind an opening bracket, 1 behind a space behind it
    int label     # 1 behind a bracket and 국, 2 behind 해
    int foreign   # whether the last one is of a script with look-alikes

# By state and kind of letter: the next state, times LETTER_KINDS; above it what is to be told.
cdef uint32_t SIGNS[STATES * LETTER_KINDS]


cdef int after_symbol(int gap) noexcept nogil:
    if gap == G_NONE:
        return G_S
    if gap == G_S or gap == G_SS:
        return gap + 1
    if gap == G_L or gap == G_SL:
        return gap + 2
    return G_FAR


cdef int after_hangul(State *s, int kind) noexcept nogil:
    cdef int told = SEEN_HANGUL
    cdef int label = 0
    if s.gap > G_NONE:
        told |= MAY_SEPARATE
    if kind == L_CONSONANT:
        told |= SEEN_CONSONANT
    elif kind == L_NUMERAL:
        told |= SEEN_NUMERAL
        s.numerals += 1
        if s.numerals == NUMERALS:
            told |= MAY_NUMERAL
            s.numerals -= 1
    elif kind == L_DOT_WORD and s.host:
        told |= MAY_REPAIR
    elif (kind == L_GWANG and s.fence) or (kind == L_OE and s.label) or (kind == L_JE and s.label == 1):
        told |= MAY_LABEL
    elif kind == L_GUK and s.fence:
        label = 1
    elif kind == L_HAE and s.fence:
        label = 2
    if kind != L_NUMERAL:
        s.numerals = 0
    s.run = 1 if s.run == 0 else 2
    s.gap, s.label = G_NONE, label
    s.letters = s.words = s.spoken = s.digit = s.round = s.host = s.fence = s.foreign = 0
    return told


cdef int after_latin(State *s, int kind) noexcept nogil:
    cdef int told = 0
    if s.digit and (kind == L_O or kind == L_L):
        told |= MAY_DIGIT
    if s.foreign:
        told |= MAY_MIX
    if s.fence and kind == L_W:
        told |= MAY_LABEL
    if s.letters:
        s.letters, s.words = 2, 0
    else:
        s.letters = 1
        if s.words == WORDS:
            told |= MAY_LATIN
            s.words -= 1
    if (kind == L_D and s.spoken == 1) or (kind == L_O and s.spoken == 2) or (kind == L_T and s.spoken == 3):
        s.spoken += 1
    else:
        s.spoken = 0
    s.gap = G_L if s.gap == G_NONE else G_SL if s.gap == G_S else G_FAR
    s.round = kind == L_O or kind == L_L
    s.host = 1
    s.chain = s.digit = s.fence = s.foreign = 0
    return told


cdef int after(State *s, int kind) noexcept nogil:
    """Go on to the next letter. Returns what is to be told."""
    cdef int told = 0
    if L_SYLLABLE <= kind <= L_VOWEL:
        return after_hangul(s, kind)
    if s.run:
        s.chain = s.chain + 1 if s.run == 1 else 0
        s.run = s.numerals = 0
        if s.chain >= LONE:
            told |= MAY_SPACE
            s.chain -= 1
    s.label = 0
    if L_LATIN <= kind <= L_W:
        return told | after_latin(s, kind)
    if kind == L_FOREIGN and s.letters:
        told |= MAY_MIX
    if s.round and (kind == L_LOW or kind == L_DIGIT):
        told |= MAY_DIGIT
    if kind == L_LOW and not s.digit:
        told |= MARKED
    elif kind == L_STOP:
        told |= MARKED
    elif kind == L_HAN_DOT and s.host:
        told |= MAY_REPAIR
    elif kind == L_HANJA:
        told |= SEEN_HANJA
    elif kind == L_OPENING or kind == L_FENCE:
        told |= SEEN_FENCE
    elif kind == L_SPACE and s.spoken == 4:
        told |= MAY_REPAIR
    if kind == L_SPACE or L_STOP <= kind <= L_SYMBOL:
        s.words = s.words + 1 if s.letters == 1 else 0
        s.gap = G_FAR if kind == L_SPACE else after_symbol(s.gap)
    else:
        s.words = s.chain = 0
        s.gap = G_FAR
    s.letters = s.round = 0
    s.spoken = kind == L_SPACE
    s.digit = kind == L_LOW or kind == L_DIGIT
    if kind == L_SPACE:
        s.host = 2 if s.host == 1 else 0
        s.fence = 1 if s.fence == 2 else 0
    else:
        s.host = s.digit or kind == L_HYPHEN
        s.fence = 2 if kind == L_OPENING else 0
    s.foreign = kind == L_FOREIGN
    return told


cdef uint64_t packed(const State *s) noexcept nogil:
    """A state as a number."""
    cdef const int *fields = <const int *>s
    cdef uint64_t value = 0
    cdef size_t i
    for i in range(sizeof(State) // sizeof(int)):
        value = value << 4 | <uint64_t>fields[i]
    return value


cdef int fill_signs() except -1:
    """Make the automaton: all states that are reached from the first one."""
    cdef State[STATES] reached
    cdef State now
    cdef dict numbers = {}
    cdef int at = 0, kind, told
    memset(&now, 0, sizeof(State))
    reached[0] = now
    numbers[packed(&now)] = 0
    while at < len(numbers):
        for kind in range(LETTER_KINDS):
            now = reached[at]
            told = after(&now, kind)
            number = numbers.setdefault(packed(&now), len(numbers))
            if number >= STATES:
                raise RuntimeError("the signs have more states than there is room for")
            reached[<int>number] = now
            SIGNS[at * LETTER_KINDS + kind] = <uint32_t>told << 16 | <uint32_t>(<int>number * LETTER_KINDS)
        at += 1
    return at


cdef int letter_kind(int32_t c) noexcept:
    """The kind of a folded character."""
    cdef int k = CLASS[c]
    if k == C_DIGIT:
        return L_LOW if c <= 49 else L_DIGIT
    if k == C_LATIN:
        return L_O if c == 111 else L_L if c == 108 else L_D if c == 100 else L_T if c == 116 else L_W if c == 119 else L_LATIN
    if k == C_SYLLABLE:
        if WATCH[c] & W_NUMERAL:
            return L_NUMERAL
        if WATCH[c] & W_DOT:
            return L_DOT_WORD
        if c == 0xAD11:
            return L_GWANG
        if c == 0xAD6D:
            return L_GUK
        if c == 0xC678:
            return L_OE
        if c == 0xC81C or c == 0xB0B4:
            return L_JE
        return L_HAE if c == 0xD574 else L_SYLLABLE
    if k == C_FENCE:
        return L_OPENING if c == 91 or c == 40 or c == 60 else L_FENCE
    if k == C_OTHER:
        return L_STOP if c == 46 or c == 44 else L_HYPHEN if c == 45 else L_SYMBOL
    if k == C_SPACE:
        return L_SPACE
    if k == C_CONSONANT:
        return L_CONSONANT
    if k == C_VOWEL:
        return L_VOWEL
    if k == C_FOREIGN:
        return L_FOREIGN
    return L_HAN_DOT if WATCH[c] & W_DOT else L_HANJA if WATCH[c] & W_HANJA else L_WORD
