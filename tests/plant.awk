# plant.awk: print a C file with one piece of its code replaced.
#
#   BEFORE=code AFTER=code awk -f tests/plant.awk FILE
#
# White space between the tokens of BEFORE matches any white space, including none
# and newlines, so that formatting does not matter.  Exit code 1, with a line on
# stderr and nothing on stdout, unless the file contains BEFORE exactly once.

function escaped(token) {
    if (token ~ /^[A-Za-z0-9_]+$/)
        return token
    if (token == "^" || token == "\\" || token == "]" || token == "[")
        return "\\" token
    return "[" token "]"
}

function pattern_of(code,    tokens, gap) {
    while (code != "") {
        gap = match(code, /^[ \t]+/) ? "[ \t\n]+" : "[ \t\n]*"
        sub(/^[ \t]+/, "", code)
        if (!match(code, /^[A-Za-z0-9_]+/))
            match(code, /^./)
        # Only between two words is white space needed.
        if (tokens !~ /[A-Za-z0-9_]$/ || code !~ /^[A-Za-z0-9_]/)
            gap = "[ \t\n]*"
        tokens = tokens (tokens == "" ? "" : gap) \
            escaped(substr(code, 1, RLENGTH))
        code = substr(code, RLENGTH + 1)
    }
    return tokens
}

{
    text = text $0 "\n"
}

END {
    pattern = pattern_of(ENVIRON["BEFORE"])
    found = match(text, pattern)
    head = substr(text, 1, RSTART - 1)
    rest = substr(text, RSTART + RLENGTH)
    if (!found || match(rest, pattern)) {
        print FILENAME ": " (found ? "more than once: " : "not found: ") \
            ENVIRON["BEFORE"] >"/dev/stderr"
        exit 1
    }
    printf "%s%s%s", head, ENVIRON["AFTER"], rest
}
