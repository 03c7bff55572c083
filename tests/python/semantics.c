/* semantics: answer questions on synchronisation, a line of JSON each.
 *
 *   semantics [NAME...]    all, or those named
 *
 * A Python script that asks CPython the same questions prints the same checks
 * and results.
 */
#include "semantics.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return true;
    }
    return argc == 1;
}

static void print_answer(const struct question *question)
{
    json_t *line = json_pack("{s:s, s:s, s:i, s:s, s:o}", "test", "semantics",
                             "py", "minilab " ML_VERSION, "cpus",
                             (int)sysconf(_SC_NPROCESSORS_ONLN), "check",
                             question->name, "result", question->answer());
    assert(line);
    const int rc = json_dumpf(line, stdout, JSON_REAL_PRECISION(15));
    assert(rc == 0);
    (void)putchar('\n');
    (void)fflush(stdout);
    json_decref(line);
}

int main(int argc, char **argv)
{
    if (semantics_is_child(argc, argv))
        return semantics_child_main(argv);
    for (size_t t = 0; questions[t]; t++) {
        for (const struct question *q = questions[t]; q->name; q++) {
            if (wanted(q->name, argc, argv))
                print_answer(q);
        }
    }
    return 0;
}
