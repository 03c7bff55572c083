# count.awk: count single tests in the output and the log of one run of ctest.
#
#   awk -f tests/count.awk OUTPUT LOG
#
# OUTPUT is the output of ctest (a line with the outcome of each executable), LOG
# its LastTest.log (the output of each executable).  Prints these lines:
#
#   passed N            single tests; an executable without cmocka counts as one
#   failed N            an executable that crashed, timed out or did not start
#   skipped N           counts as one failure at least
#   reason N TEXT       the number of tests skipped for this reason
#   trouble NAME        an executable with a failure
#   time SECONDS NAME   of every executable

# ---- OUTPUT ----

FNR == NR && /Test +#[0-9]+: / {
    name = $0
    sub(/.*Test +#[0-9]+: /, "", name)
    sub(/ .*/, "", name)
    outcome[name] = /\*\*\*Skipped/ ? "skipped" : / Passed / ? "passed" : "failed"
    if ($NF == "sec")
        print "time", $(NF - 1), name
}
FNR == NR {
    next
}

# ---- LOG ----

FNR == 1 {
    name = ""
}

# The number in "[  PASSED  ] 8 test(s).", the summary of a cmocka group.
function summary_count(line) {
    sub(/^\[[^]]*\] /, "", line)
    return line + 0
}

function finish_executable(    unexplained, i) {
    if (name == "")
        return
    seen[name] = 1
    if (!summaries && outcome[name] == "passed")
        here["passed"] = 1
    if (!summaries && outcome[name] == "skipped")
        here["skipped"] = 1
    unexplained = here["skipped"] - reasons
    if (unexplained > 0) {
        here["skipped"] -= unexplained
        here["failed"] += unexplained
        print "trouble", name ": a skip without a reason"
    }
    if (outcome[name] == "failed" && !here["failed"])
        here["failed"] = 1
    if (here["failed"])
        print "trouble", name
    for (i = 0; i < reasons && here["skipped"]; i++)
        why[text[i]]++
    passed += here["passed"]
    failed += here["failed"]
    skipped += here["skipped"]
}

/^[0-9]+\/[0-9]+ Testing: / {
    finish_executable()
    name = $3
    here["passed"] = here["failed"] = here["skipped"] = summaries = reasons = 0
}
/^\[  PASSED  \] [0-9]+ test\(s\)/ {
    here["passed"] += summary_count($0)
    summaries++
}
/^\[  FAILED  \] [0-9]+ test\(s\)/ {
    here["failed"] += summary_count($0)
}
/^\[  SKIPPED \] [0-9]+ test\(s\)/ {
    here["skipped"] += summary_count($0)
}
/^SKIP: / {
    text[reasons++] = substr($0, 7)
}

END {
    finish_executable()
    for (name in outcome)
        if (!(name in seen)) {
            failed++
            print "trouble", name ": not in the log"
        }
    print "passed", passed + 0
    print "failed", failed + 0
    print "skipped", skipped + 0
    for (reason in why)
        print "reason", why[reason], reason
}
