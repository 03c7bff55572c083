# lint.awk: what tests/lint looks for, line by line.
#
#   awk [-v whole=1] -f lint.awk WORDS ALLOW FILE...
#
# whole: the files are all there are, so an exception that none needs is found.
# Of C files the comments and strings are read, of others (Markdown) all text.
# POSIX awk; LC_ALL=C must be set.

function trim(text)
{
    sub(/^[ \t]+/, "", text)
    sub(/[ \t]+$/, "", text)
    return text
}

function refuse(text)
{
    print "lint: " FILENAME ":" FNR ": " text >"/dev/stderr"
    broken = 1
    exit 2
}

# ---- the two tables ----

# PATTERN | what to write instead.  A pattern is an extended regular expression
# in lower case, and matches whole words.
function read_word(    parts)
{
    if (split($0, parts, /[ \t]+\|[ \t]+/) != 2 || trim(parts[2]) == "")
        refuse("not of the form: pattern | what to write instead")
    word_pattern[++word_count] = trim(parts[1])
    word_advice[word_count] = trim(parts[2])
    any_word = any_word (word_count > 1 ? "|" : "") "(" trim(parts[1]) ")"
}

# PATH | TEXT | REASON.  In the path, * stands for anything; as the text, for
# each line.
function read_allowed(    parts, path)
{
    if (split($0, parts, /[ \t]+\|[ \t]+/) != 3 || trim(parts[3]) == "")
        refuse("not of the form: path | text | the reason")
    path = trim(parts[1])
    gsub(/[.+?(){}^$|\\]|\[|\]/, "\\\\&", path)
    gsub(/\*/, ".*", path)
    allow_path[++allow_count] = "^(.*/)?" path "$"
    allow_text[allow_count] = trim(parts[2])
    allow_line[allow_count] = FNR
}

function is_allowed(line,    i)
{
    for (i = 1; i <= allow_count; i++)
        if (FILENAME ~ allow_path[i] &&
            (allow_text[i] == "*" || index(line, allow_text[i]))) {
            allow_uses[i]++
            return 1
        }
    return 0
}

# ---- findings ----

function find(what, line)
{
    if (is_allowed(line))
        return
    print FILENAME ":" FNR ": " what ": " trim(line)
    found++
}

function is_letter(c)
{
    return c ~ /[A-Za-z0-9_]/
}

# Find the words in `text`, of which the first `known` characters were read with
# the line before.
function check_words(text, known, line,    i, rest, from, at, before)
{
    text = tolower(text)
    if (text !~ any_word)
        return
    for (i = 1; i <= word_count; i++) {
        from = 0
        rest = text
        while (match(rest, word_pattern[i])) {
            at = from + RSTART
            before = at > 1 ? substr(text, at - 1, 1) : " "
            from = at + RLENGTH - 1
            if (from > known && !is_letter(before) &&
                !is_letter(substr(text, from + 1, 1)))
                find(substr(text, at, RLENGTH) " (" word_advice[i] ")", line)
            rest = substr(text, from + 1)
        }
    }
}

# The end of a text, for words that are broken over two lines.
function tail_of(text)
{
    if (match(text, /[^ ]+( +[^ ]+)?( +[^ ]+)? *$/))
        return substr(text, RSTART)
    return text
}

# ---- C ----

# A piece of a comment or of a string; pieces of one kind that follow each other
# without code between them read as one text.
function add_piece(kind, piece,    text)
{
    if (kind == "string") {
        if (piece !~ / / && last_kind != kind) { # a key, a name: no sentence
            last_kind = kind
            last_tail = piece
            return
        }
        gsub(/\\"[a-z_]+\\"/, " ", piece) # keys of JSON
        gsub(/\\./, " ", piece)
    }
    sub(/^[ \t]*\*+[ \t]/, "", piece)
    sub(/^[ \t]+/, "", piece)
    if (kind != last_kind)
        last_tail = ""
    text = last_tail piece
    check_words(text, length(last_tail), $0)
    last_tail = tail_of(text)
    if (kind == "comment" || piece == "")
        last_tail = last_tail " "
    last_kind = kind
}

function add_code(code)
{
    if (code ~ /[^ \t]/)
        last_kind = ""
}

# Cut the line into code, comments, strings and characters.  `state` says within
# what the last line ended.
function read_c(    rest, quote, piece)
{
    if (FNR == 1) {
        state = "code"
        last_kind = ""
    }
    if (state == "code" && $0 ~ /^[ \t]*#[ \t]*include/) {
        last_kind = ""
        return
    }
    rest = $0
    for (;;) {
        if (state == "comment") {
            if (!match(rest, /\*\//)) {
                add_piece("comment", rest)
                return
            }
            piece = substr(rest, 1, RSTART - 1)
            rest = substr(rest, RSTART + 2)
            state = "code"
            add_piece("comment", piece)
        } else if (state == "string") {
            if (!match(rest, /^([^"\\]|\\.)*"/)) {
                add_piece("string", rest)
                if (rest !~ /\\$/)
                    state = "code" # not closed, and not continued
                return
            }
            piece = substr(rest, 1, RLENGTH - 1)
            rest = substr(rest, RLENGTH + 1)
            state = "code"
            add_piece("string", piece)
        } else {
            if (!match(rest, /\/\*|\/\/|"|'/)) {
                add_code(rest)
                return
            }
            quote = substr(rest, RSTART, RLENGTH)
            add_code(substr(rest, 1, RSTART - 1))
            rest = substr(rest, RSTART + RLENGTH)
            if (quote == "//") {
                add_piece("comment", rest)
                return
            }
            if (quote == "'") {
                add_code("'")
                if (match(rest, /^([^'\\]|\\.)*'/))
                    rest = substr(rest, RLENGTH + 1)
            } else
                state = quote == "\"" ? "string" : "comment"
        }
    }
}

# ---- layout ----

function check_layout(    bytes)
{
    if ($0 ~ /[ \t]$/)
        find("trailing blanks", $0)
    if ($0 ~ /(^|[^A-Za-z0-9_])(TODO|FIXME|XXX)([^A-Za-z0-9_]|$)/)
        find("unfinished", $0)
    if (!is_c)
        return
    if ($0 ~ /\t/)
        find("tab", $0)
    bytes = $0
    gsub(/[\200-\277]/, "", bytes) # what follows the first byte of a character
    if (length(bytes) > 80)
        find("over 80 columns", $0)
    if ($0 ~ /^[ \t]*#[ \t]*include[ \t]*".*(_inside|_inner|_parts|_private|_impl)\.h"/)
        find("internal headers end with _internal.h", $0)
}

FNR == 1 {
    file_number++
    is_c = FILENAME ~ /\.[ch]$/
    last_kind = ""
    last_tail = ""
    if (FILENAME ~ /(_inside|_inner|_parts|_private|_impl)\.h$/)
        find("internal headers end with _internal.h", FILENAME)
}

FILENAME == ARGV[1] && (/^#/ || /^[ \t]*$/) { next }
FILENAME == ARGV[1] { read_word(); next }
FILENAME == ARGV[2] && (/^#/ || /^[ \t]*$/) { next }
FILENAME == ARGV[2] { read_allowed(); next }

{
    check_layout()
    if (is_c)
        read_c()
    else
        add_piece("comment", $0)
}

END {
    if (broken)
        exit 2
    for (i = 1; whole && i <= allow_count; i++)
        if (!allow_uses[i]) {
            print ARGV[2] ":" allow_line[i] ": not needed: " allow_text[i]
            found++
        }
    exit found > 0
}
