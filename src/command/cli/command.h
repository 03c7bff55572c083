/* command.h: what a command is, its options, and how they are parsed.
 *
 * Each command is one const struct with a table of options; --help, -h, the
 * suggestions for misspelt names and later man pages and completion come from
 * these tables alone.  A row says what an option's value is and which field of
 * the command's settings it goes to; only what no type of value fits has a
 * function of its own.
 */
#ifndef ML_COMMAND_CLI_COMMAND_H
#define ML_COMMAND_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum ml_exit {
    ML_EXIT_OK = 0,
    ML_EXIT_SOME_FAILED = 1,
    ML_EXIT_USAGE = 2,
    ML_EXIT_NOTHING = 3,
    ML_EXIT_DIFFERENT = 6,
    ML_EXIT_INTERNAL = 70,
    ML_EXIT_STOPPED = 75,
    ML_EXIT_SANDBOX = 78,
    ML_EXIT_INTERRUPTED = 130
};

#define ML_OPTION_MAX 128 /* options a command may have */

/* How the value of an option is read, and what the field is that it goes to. */
enum ml_option_type {
    ML_OPTION_HOOK,     /* `apply` does it */
    ML_OPTION_FLAG,     /* bool, becomes true; the option takes no value */
    ML_OPTION_ON_OFF,   /* bool: "on", "off" */
    ML_OPTION_INTEGER,  /* int, unsigned, uint64_t: a whole number */
    ML_OPTION_COUNT,    /* uint64_t: "256M", at least 1 */
    ML_OPTION_SIZE,     /* uint64_t: bytes, "300k", at least 1 */
    ML_OPTION_DURATION, /* uint64_t: nanoseconds, "20ms" */
    ML_OPTION_CHOICE,   /* an enum, bool, uint16_t: a word of a list */
    ML_OPTION_TEXT,     /* const char *: as it was given, within argv */
    ML_OPTION_TEXTS     /* struct ml_option_texts: one more of them */
};

#define ML_OPTION_TEXTS_MAX 64

/* Values of an option that may be repeated, within argv. */
struct ml_option_texts {
    const char *items[ML_OPTION_TEXTS_MAX];
    size_t count;
};

struct ml_option {
    const char *name;     /* long form without dashes */
    char letter;          /* short form, or 0 */
    const char *argument; /* "N", "DIR"; NULL for a switch */
    const char *group;    /* heading in --help */
    const char *help;     /* lower case, no full stop; may have newlines */
    /* ML_OPTION_HOOK: take it; value is NULL for a switch.  ML_ERR_USAGE:
     * err->what and err->remedy are shown behind the option's name. */
    enum ml_status (*apply)(void *settings, const char *value,
                            struct ml_error *err);
    /* The others: written by the ML_SET_ macros below. */
    enum ml_option_type type;
    size_t offset, bytes;       /* of the field, in the command's settings */
    uint64_t min, max;          /* of integers, counts, durations */
    const char *const *choices; /* ended by NULL */
    /* Their names where another table has them; NULL behind the last. */
    const char *(*choice_name)(size_t index);
    const uint16_t *choice_values; /* NULL: 0, 1, 2 and so on */
    const char *zero_word;         /* stands for 0, like "auto"; or NULL */
    const char *what, *remedy;     /* of a bad value; NULL: the type's own */
    /* Offset of a bool that becomes true when the option is given; 0: none. */
    size_t given;
    /* Of options of `run`, an enum ml_option_scope: which plans have a use for
     * it; 0: every one has. */
    unsigned scope;
    /* It is for a single run: a command that shares it refuses it by name. */
    bool one_run;
};

/* The last row of every table. */
#define ML_OPTIONS_END                                                         \
    {                                                                          \
        .name = NULL                                                           \
    }

/* Where the value of an option goes: `field` of `struct settings`, whose type
 * the compiler checks. */
#define ML_SET_FLAG(settings, field)                                           \
    ML_SET_FIELD(ML_OPTION_FLAG, settings, field, bool)
#define ML_SET_ON_OFF(settings, field)                                         \
    ML_SET_FIELD(ML_OPTION_ON_OFF, settings, field, bool)
#define ML_SET_SIZE(settings, field)                                           \
    ML_SET_FIELD(ML_OPTION_SIZE, settings, field, uint64_t)
#define ML_SET_TEXT(settings, field)                                           \
    ML_SET_FIELD(ML_OPTION_TEXT, settings, field, const char *)
#define ML_SET_TEXTS(settings, field)                                          \
    ML_SET_FIELD(ML_OPTION_TEXTS, settings, field, struct ml_option_texts)
#define ML_SET_COUNT(settings, field, most)                                    \
    ML_SET_FIELD(ML_OPTION_COUNT, settings, field, uint64_t), .max = (most)
#define ML_SET_DURATION(settings, field, least, most)                          \
    ML_SET_FIELD(ML_OPTION_DURATION, settings, field, uint64_t),               \
        .min = (least), .max = (most)
#define ML_SET_INTEGER(settings, field, least, most)                           \
    .type = ML_OPTION_INTEGER,                                                 \
    .offset = _Generic(((struct settings *)0)->field, int                      \
                       : offsetof(struct settings, field), unsigned            \
                       : offsetof(struct settings, field), uint64_t            \
                       : offsetof(struct settings, field)),                    \
    .bytes = sizeof(((struct settings *)0)->field), .min = (least),            \
    .max = (most)
/* From `choices` or `choice_name`, which are set beside it. */
#define ML_SET_CHOICE(settings, field)                                         \
    .type = ML_OPTION_CHOICE,                                                  \
    .offset = _Generic(((struct settings *)0)->field, bool                     \
                       : offsetof(struct settings, field), uint16_t            \
                       : offsetof(struct settings, field), unsigned            \
                       : offsetof(struct settings, field)),                    \
    .bytes = sizeof(((struct settings *)0)->field)
#define ML_SET_FIELD(kind, settings, field, c_type)                            \
    .type = (kind),                                                            \
    .offset = _Generic(((struct settings *)0)->field, c_type                   \
                       : offsetof(struct settings, field)),                    \
    .bytes = sizeof(c_type)
/* The names of a choice, in their order. */
#define ML_CHOICES(...)                                                        \
    .choices = (const char *const[])                                           \
    {                                                                          \
        __VA_ARGS__, NULL                                                      \
    }

struct ml_command {
    const char *name;
    const char *summary;  /* one line */
    const char *operands; /* "PATH...", "" */
    const char *examples; /* whole lines, each a command that works */
    const struct ml_option *options; /* up to ML_OPTIONS_END; NULL: none */
    /* The options of another command too, whose settings these begin with; but
     * for those named in `options`, and those that are for one run. */
    const struct ml_option *inherited_options;
    /* Hears of each option that was applied; NULL: nobody asks. */
    void (*on_option)(void *settings, const struct ml_option *option,
                      const char *value);
    /* argv[0] is the command's name; returns the exit code. */
    int (*run)(const struct ml_command *command, int argc, char **argv);
};

/* Arguments of a command that are no options. */
struct ml_operands {
    char **items; /* within argv, which is permuted */
    size_t count;
};

/* All options of a command, its own ones first; returns how many. */
size_t ml_command_options(const struct ml_command *command,
                          const struct ml_option *options_out[ML_OPTION_MAX]);

/* Print "minilab COMMAND: what: why: remedy" to stderr (empty parts left out,
 * control characters escaped) and return the exit code that belongs to the
 * status.  `command` may be NULL: "minilab: what: ...". */
int ml_command_fail(const struct ml_command *command,
                    const struct ml_error *err);

/* The same for a use of operands that the command refuses: "what: why: remedy",
 * exit code 2. */
int ml_command_usage_error(const struct ml_command *command, const char *what,
                           const char *why, const char *remedy);

#endif
