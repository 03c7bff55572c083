/* configs.c: --mode, --plan and --jobs -> configurations; see compare_state.h.
 */
#include "command/compare/compare_state.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "command/cli/option_value.h"
#include "command/options/setup.h"
#include "os/cpu_budget.h"
#include "pipeline/plan/auto_mode.h"

struct configs_widths {
    unsigned items[ML_COMPARE_WIDTHS];
    size_t count;
};

/* The next word of a comma-separated list; false at its end. */
static bool configs_word(const char **list, char *word, size_t capacity)
{
    if (**list == '\0')
        return false;
    const size_t length = strcspn(*list, ",");
    (void)snprintf(word, capacity, "%.*s", (int)length, *list);
    *list += length + ((*list)[length] == ',');
    return true;
}

static enum ml_status configs_too_many(struct ml_error *err)
{
    return ml_fail(err, ML_ERR_USAGE, "too many configurations",
                   "name fewer modes or widths", "%d at most",
                   ML_COMPARE_CONFIGS);
}

/* ---- widths ---- */

static enum ml_status configs_add_width(struct configs_widths *widths,
                                        unsigned width, struct ml_error *err)
{
    for (size_t i = 0; i < widths->count; i++) {
        if (widths->items[i] == width)
            return ML_OK;
    }
    if (widths->count == ML_COMPARE_WIDTHS)
        return ml_fail(err, ML_ERR_USAGE, "too many widths",
                       "name fewer in --jobs", "%d at most", ML_COMPARE_WIDTHS);
    widths->items[widths->count++] = width;
    return ML_OK;
}

/* 1, 2, 4 and so on, and the number of processors. */
static enum ml_status configs_default_widths(struct configs_widths *widths,
                                             unsigned processors,
                                             struct ml_error *err)
{
    for (unsigned width = 1; width < processors; width *= 2) {
        if (configs_add_width(widths, width, err) != ML_OK)
            return err->status;
    }
    return configs_add_width(widths, processors, err);
}

static enum ml_status configs_widths(const struct ml_compare_options *options,
                                     struct configs_widths *widths,
                                     struct ml_error *err)
{
    static const char remedy[] = "give numbers from 1 to 256, auto, or "
                                 "percentages, for instance 1,2,50%";
    struct ml_cpu cpu;
    char word[24];
    const char *list = options->widths;
    ml_cpu_read("", &cpu);
    const unsigned processors =
        cpu.budget < ML_WIDTH_MAX ? cpu.budget : ML_WIDTH_MAX;
    widths->count = 0;
    if (!list)
        return configs_default_widths(widths, processors, err);
    while (configs_word(&list, word, sizeof word)) {
        struct ml_run_options asked = {.cpu = cpu};
        if (ml_option_jobs(word, &asked.jobs, &asked.jobs_part, err) != ML_OK)
            return ml_fail(err, ML_ERR_USAGE, "--jobs: not a list of widths",
                           remedy, "'%.40s'", options->widths);
        if (configs_add_width(widths, ml_run_setup_jobs(&asked), err) != ML_OK)
            return err->status;
    }
    if (widths->count > 0)
        return ML_OK;
    return ml_fail(err, ML_ERR_USAGE, "--jobs: not a list of widths", remedy,
                   "the list is empty");
}

/* ---- configurations ---- */

/* Does --jobs change this plan? */
static bool configs_is_wide(const char *text)
{
    struct ml_error unused;
    struct ml_plan plans[2];
    char printed[2][256];
    for (unsigned i = 0; i < 2; i++) {
        struct ml_strbuf to;
        if (ml_plan_parse(&plans[i], text, i + 1, 1, &unused) != ML_OK)
            return false;
        ml_strbuf_open(&to, printed[i], sizeof printed[i]);
        ml_plan_print(&plans[i], &to);
    }
    return strcmp(printed[0], printed[1]) != 0;
}

static enum ml_status configs_add(struct ml_compare *compare,
                                  const struct ml_compare_config *config,
                                  const char *name, struct ml_error *err)
{
    struct ml_compare_config *added = &compare->configs[compare->config_count];
    if (compare->config_count == ML_COMPARE_CONFIGS)
        return configs_too_many(err);
    *added = *config;
    if (config->width > 0)
        (void)snprintf(added->label, sizeof added->label, "%.32s-%u", name,
                       config->width);
    else
        (void)snprintf(added->label, sizeof added->label, "%.40s", name);
    for (size_t i = 0; i < compare->config_count; i++) {
        if (strcmp(compare->configs[i].label, added->label) == 0)
            return ML_OK; /* given twice */
    }
    compare->config_count++;
    return ML_OK;
}

/* A mode or a plan, with one width or several. */
struct configs_group {
    const char *name; /* in labels */
    const char *mode; /* NULL: a plan of its own */
    const char *plan; /* its text; NULL: chosen when it runs */
    unsigned widths[ML_COMPARE_WIDTHS];
    size_t count; /* of widths; the one width 0: --jobs has no effect */
};

static void configs_group(struct configs_group *group, const char *name,
                          const char *mode, const char *plan,
                          const struct configs_widths *widths)
{
    const struct ml_mode *row = mode ? ml_mode_find(mode) : NULL;
    const char *text = plan ? plan : row ? row->plan : NULL;
    const bool wide =
        !text || (row && row->within_picture) || configs_is_wide(text);
    *group = (struct configs_group){
        .name = name, .mode = mode, .plan = text, .count = 1};
    if (!wide)
        return;
    memcpy(group->widths, widths->items, sizeof group->widths);
    group->count = widths->count;
}

/* Plan it as run will.  This modifies compare's own copy of the options; the
 * runs receive theirs as text. */
static enum ml_status configs_check(struct ml_compare *compare,
                                    const struct configs_group *group,
                                    struct ml_error *err)
{
    struct ml_run_options *options = &compare->options.run;
    struct ml_run_settings settings;
    enum ml_status status = ML_OK;
    options->mode = group->mode ? group->mode : ML_MODE_AUTO;
    options->plan = group->mode ? NULL : group->plan;
    for (size_t i = 0; status == ML_OK && i < group->count; i++) {
        options->jobs = group->widths[i];
        status = ml_run_setup_run(&settings, options, &options->chain, err);
        if (status == ML_OK)
            status = ml_run_setup_check(&settings, options, err);
    }
    return status;
}

static enum ml_status configs_add_group(struct ml_compare *compare,
                                        const struct configs_group *group,
                                        struct ml_error *err)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct ml_compare_config config = {.mode = group->mode,
                                                 .plan = group->plan,
                                                 .width = group->widths[i]};
        if (configs_add(compare, &config, group->name, err) != ML_OK)
            return err->status;
    }
    return ML_OK;
}

static void configs_skip(struct ml_compare *compare, const char *mode,
                         const struct ml_error *err)
{
    struct ml_strbuf text;
    assert(compare->skipped_count < ML_COMPARE_SKIPPED);
    struct ml_compare_skipped *skipped =
        &compare->skipped[compare->skipped_count++];
    skipped->mode = mode;
    ml_strbuf_open(&text, skipped->why, sizeof skipped->why);
    ml_strbuf_add(&text, "%s%s%s", err->what, err->remedy[0] ? ": " : "",
                  err->remedy);
}

/* A mode or plan that was named must take the options. */
static enum ml_status configs_add_named(struct ml_compare *compare,
                                        const struct configs_group *group,
                                        struct ml_error *err)
{
    char why[sizeof err->why];
    if (configs_check(compare, group, err) == ML_OK)
        return configs_add_group(compare, group, err);
    struct ml_strbuf text;
    ml_strbuf_open(&text, why, sizeof why);
    ml_strbuf_add(&text, "%s with %s", group->name, err->why);
    memcpy(err->why, why, sizeof why);
    return err->status;
}

static enum ml_status configs_add_mode(struct ml_compare *compare,
                                       const char *name,
                                       const struct configs_widths *widths,
                                       struct ml_error *err)
{
    struct configs_group group;
    configs_group(&group, name, name, NULL, widths);
    return configs_add_named(compare, &group, err);
}

static enum ml_status configs_add_all(struct ml_compare *compare,
                                      const struct configs_widths *widths,
                                      struct ml_error *err)
{
    size_t count;
    const struct ml_mode *modes = ml_modes(&count);
    compare->skipped_count = 0; /* "all" may be given twice */
    for (size_t i = 0; i < count; i++) {
        struct configs_group group;
        configs_group(&group, modes[i].name, modes[i].name, NULL, widths);
        if (configs_check(compare, &group, err) != ML_OK)
            configs_skip(compare, modes[i].name, err);
        else if (configs_add_group(compare, &group, err) != ML_OK)
            return err->status;
    }
    return ML_OK;
}

static enum ml_status configs_unknown(const char *word, struct ml_error *err)
{
    const char *names[32] = {"all", ML_MODE_AUTO};
    size_t count;
    const struct ml_mode *modes = ml_modes(&count);
    char remedy[112];
    for (size_t i = 0; i < count && i < 30; i++)
        names[2 + i] = modes[i].name;
    const char *nearest =
        ml_closest_match(word, names, 2 + (count < 30 ? count : 30));
    (void)snprintf(remedy, sizeof remedy,
                   nearest ? "did you mean %s?" : "see minilab modes", nearest);
    return ml_fail(err, ML_ERR_USAGE, "--mode: no such mode", remedy, "'%.40s'",
                   word);
}

static enum ml_status configs_add_modes(struct ml_compare *compare,
                                        const char *list,
                                        const struct configs_widths *widths,
                                        struct ml_error *err)
{
    char word[40];
    enum ml_status status = ML_OK;
    while (status == ML_OK && configs_word(&list, word, sizeof word)) {
        const struct ml_mode *mode = ml_mode_find(word);
        if (strcmp(word, "all") == 0)
            status = configs_add_all(compare, widths, err);
        else if (mode)
            status = configs_add_mode(compare, mode->name, widths, err);
        else if (strcmp(word, ML_MODE_AUTO) == 0)
            status = configs_add_mode(compare, ML_MODE_AUTO, widths, err);
        else
            status = configs_unknown(word, err);
    }
    return status;
}

static enum ml_status configs_add_plans(struct ml_compare *compare,
                                        const struct configs_widths *widths,
                                        struct ml_error *err)
{
    const struct ml_compare_options *options = &compare->options;
    for (size_t i = 0; i < options->plan_count; i++) {
        struct configs_group group;
        char name[32];
        (void)snprintf(name, sizeof name, "plan%zu", i + 1);
        configs_group(&group, name, NULL, options->plans[i], widths);
        if (configs_add_named(compare, &group, err) != ML_OK)
            return err->status;
    }
    return ML_OK;
}

/* ---- options that have no effect in some plans ---- */

bool ml_compare_option_applies(const struct ml_compare *compare,
                               const struct ml_compare_config *config,
                               enum ml_option_scope scope)
{
    struct ml_error unused;
    struct ml_plan plan;
    const bool known = config->plan && ml_plan_parse(&plan, config->plan, 1, 1,
                                                     &unused) == ML_OK;
    return ml_option_is_used(scope, known ? &plan : NULL,
                             compare->options.run.settings.gil.flavour);
}

/* Each option must have an effect in at least one configuration. */
static enum ml_status configs_check_used(const struct ml_compare *compare,
                                         struct ml_error *err)
{
    const struct ml_compare_options *options = &compare->options;
    for (size_t i = 0; i < options->run_arg_count; i++) {
        const struct ml_option *option = options->run_arg_options[i];
        bool used = false;
        for (size_t k = 0; k < compare->config_count && !used; k++)
            used =
                ml_compare_option_applies(compare, &compare->configs[k],
                                          (enum ml_option_scope)option->scope);
        if (!used)
            return ml_option_unused(option, "in no configuration compared",
                                    options->run.settings.gil.flavour, err);
    }
    return ML_OK;
}

enum ml_status ml_compare_configs(struct ml_compare *compare,
                                  struct ml_error *err)
{
    const struct ml_compare_options *options = &compare->options;
    struct configs_widths widths;
    if (configs_widths(options, &widths, err) != ML_OK)
        return err->status;
    const char *list = options->modes            ? options->modes
                       : options->plan_count > 0 ? "serial"
                                                 : "all";
    if (configs_add_modes(compare, list, &widths, err) != ML_OK ||
        configs_add_plans(compare, &widths, err) != ML_OK)
        return err->status;
    if (compare->config_count > 0)
        return configs_check_used(compare, err);
    return ml_fail(err, ML_ERR_USAGE, "--mode: no mode given",
                   "give all, or names like serial,threads",
                   "the list is empty");
}
