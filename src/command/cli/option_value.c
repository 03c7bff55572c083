/* option_value.c: see option_value.h. */
#include "command/cli/option_value.h"

#include <string.h>

#include "base/strbuf.h"
#include "pipeline/plan/plan.h"

#define OPTION_JOBS_PART_MAX 1000 /* percent of the processors */

int ml_option_choice(const char *value, const char *const *choices,
                     struct ml_error *err)
{
    size_t count = 0;
    char all[128], remedy[112];
    struct ml_strbuf text;
    ml_strbuf_open(&text, all, sizeof all);
    for (; choices[count]; count++) {
        if (strcmp(value, choices[count]) == 0)
            return (int)count;
        ml_strbuf_add(&text, "%s%s", count > 0 ? ", " : "", choices[count]);
    }
    const char *nearest = ml_closest_match(value, choices, count);
    ml_strbuf_open(&text, remedy, sizeof remedy);
    if (nearest)
        ml_strbuf_add(&text, "did you mean %s?", nearest);
    else
        ml_strbuf_add(&text, "choose one of %s", all);
    (void)ml_fail(err, ML_ERR_USAGE, "not a choice", remedy, "'%.40s'", value);
    return -1;
}

enum ml_status ml_option_integer(const char *value, uint64_t min, uint64_t max,
                                 uint64_t *number_out, struct ml_error *err)
{
    uint64_t number = 0;
    if (ml_parse_u64(value, &number) && number >= min && number <= max) {
        *number_out = number;
        return ML_OK;
    }
    char remedy[96];
    struct ml_strbuf text;
    ml_strbuf_open(&text, remedy, sizeof remedy);
    ml_strbuf_add(&text, "give a whole number from %llu to %llu",
                  (unsigned long long)min, (unsigned long long)max);
    return ml_fail(err, ML_ERR_USAGE, "not a number in range", remedy,
                   "'%.40s'", value);
}

enum ml_status ml_option_jobs(const char *value, unsigned *jobs_out,
                              double *part_out, struct ml_error *err)
{
    const size_t length = strlen(value);
    char number[16];
    uint64_t jobs = 0;
    double part = 0;
    bool fits = strcmp(value, "auto") == 0;
    if (length > 1 && length < sizeof number && value[length - 1] == '%') {
        memcpy(number, value, length - 1);
        number[length - 1] = '\0';
        fits = ml_parse_number(number, &part) && part > 0 &&
               part <= OPTION_JOBS_PART_MAX;
    } else if (!fits) {
        fits = ml_parse_u64(value, &jobs) && jobs >= 1 && jobs <= ML_WIDTH_MAX;
    }
    if (!fits)
        return ml_fail(err, ML_ERR_USAGE, "not a number of jobs",
                       "give 1 to 256, auto, or a part of the processors "
                       "like 50%",
                       "'%.40s'", value);
    *jobs_out = (unsigned)jobs;
    *part_out = part;
    return ML_OK;
}

enum ml_status ml_option_duration(const char *value, uint64_t min_ns,
                                  uint64_t max_ns, const char *what,
                                  const char *remedy, uint64_t *ns_out,
                                  struct ml_error *err)
{
    uint64_t ns = 0;
    double number;
    const bool bare = ml_parse_number(value, &number) && number != 0;
    if (!bare && ml_parse_duration(value, &ns) && ns >= min_ns &&
        ns <= max_ns) {
        *ns_out = ns;
        return ML_OK;
    }
    return ml_fail(err, ML_ERR_USAGE, what, remedy, "'%.40s'%s", value,
                   bare ? " has no unit" : "");
}

enum ml_status ml_option_size(const char *value, uint64_t *bytes_out,
                              struct ml_error *err)
{
    if (ml_parse_size(value, bytes_out) && *bytes_out > 0)
        return ML_OK;
    return ml_fail(err, ML_ERR_USAGE, "not a size", "write it like 300k or 2G",
                   "'%.40s'", value);
}
