/* compare_cells.c: the lists that the user typed -> configurations; see
 * compare.h. */
#include "command/compare.h"

#include <stdio.h>
#include <string.h>

#include "base/cpu.h"
#include "command/option_value.h"
#include "pipeline/choose.h"

struct cells_widths {
    unsigned items[ML_COMPARE_WIDTHS];
    size_t count;
};

/* The next word of a list joined by commas; false at its end. */
static bool cells_word(const char **list, char *word, size_t capacity)
{
    if (**list == '\0')
        return false;
    const size_t length = strcspn(*list, ",");
    (void)snprintf(word, capacity, "%.*s", (int)length, *list);
    *list += length + ((*list)[length] == ',');
    return true;
}

static enum ml_status cells_too_many(struct ml_error *err)
{
    return ml_fail(err, ML_ERR_USAGE, "too many configurations",
                   "name fewer modes or widths", "%d at most",
                   ML_COMPARE_CELLS);
}

/* ---- widths ---- */

static enum ml_status cells_add_width(struct cells_widths *widths,
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

/* 1, 2, 4 and so on, and as many as there are processors. */
static enum ml_status cells_usual_widths(struct cells_widths *widths,
                                         unsigned processors,
                                         struct ml_error *err)
{
    for (unsigned width = 1; width < processors; width *= 2) {
        if (cells_add_width(widths, width, err) != ML_OK)
            return err->status;
    }
    return cells_add_width(widths, processors, err);
}

static enum ml_status cells_widths(const struct ml_compare_options *options,
                                   struct cells_widths *widths,
                                   struct ml_error *err)
{
    struct ml_cpu cpu;
    char word[24];
    const char *list = options->widths;
    ml_cpu_read("", &cpu);
    const unsigned processors =
        cpu.budget < ML_WIDTH_MAX ? cpu.budget : ML_WIDTH_MAX;
    widths->count = 0;
    if (!list)
        return cells_usual_widths(widths, processors, err);
    while (cells_word(&list, word, sizeof word)) {
        uint64_t width = processors;
        if (strcmp(word, "auto") != 0 &&
            (!ml_parse_u64(word, &width) || width < 1 || width > ML_WIDTH_MAX))
            return ml_fail(err, ML_ERR_USAGE, "--jobs: not a list of widths",
                           "give numbers from 1 to 256, like 1,2,4", "'%.40s'",
                           options->widths);
        if (cells_add_width(widths, (unsigned)width, err) != ML_OK)
            return err->status;
    }
    if (widths->count > 0)
        return ML_OK;
    return ml_fail(err, ML_ERR_USAGE, "--jobs: not a list of widths",
                   "give numbers from 1 to 256, like 1,2,4", "it is empty");
}

/* ---- configurations ---- */

/* Does the number of jobs make a difference to it? */
static bool cells_is_wide(const char *text)
{
    struct ml_error unused;
    struct ml_plan plans[2];
    char printed[2][256];
    for (unsigned i = 0; i < 2; i++) {
        struct ml_text to;
        if (ml_plan_parse(&plans[i], text, i + 1, 1, &unused) != ML_OK)
            return false;
        ml_text_open(&to, printed[i], sizeof printed[i]);
        ml_plan_print(&plans[i], &to);
    }
    return strcmp(printed[0], printed[1]) != 0;
}

static enum ml_status cells_add(struct ml_compare *compare,
                                const struct ml_compare_cell *cell,
                                const char *name, struct ml_error *err)
{
    struct ml_compare_cell *added = &compare->cells[compare->cell_count];
    if (compare->cell_count == ML_COMPARE_CELLS)
        return cells_too_many(err);
    *added = *cell;
    if (cell->width > 0)
        (void)snprintf(added->label, sizeof added->label, "%.32s-%u", name,
                       cell->width);
    else
        (void)snprintf(added->label, sizeof added->label, "%.40s", name);
    for (size_t i = 0; i < compare->cell_count; i++) {
        if (strcmp(compare->cells[i].label, added->label) == 0)
            return ML_OK; /* named twice */
    }
    compare->cell_count++;
    return ML_OK;
}

static enum ml_status cells_add_widths(struct ml_compare *compare,
                                       const char *name, const char *mode,
                                       const char *plan,
                                       const struct cells_widths *widths,
                                       struct ml_error *err)
{
    const struct ml_mode *row = mode ? ml_mode_find(mode) : NULL;
    const char *text = plan ? plan : row ? row->plan : NULL;
    const bool wide = !text || (row && row->inside) || cells_is_wide(text);
    for (size_t i = 0; i < (wide ? widths->count : 1); i++) {
        const struct ml_compare_cell cell = {
            .mode = mode, .plan = text, .width = wide ? widths->items[i] : 0};
        if (cells_add(compare, &cell, name, err) != ML_OK)
            return err->status;
    }
    return ML_OK;
}

static enum ml_status cells_unknown(const char *word, struct ml_error *err)
{
    const char *names[32] = {"all", ML_MODE_AUTO};
    size_t count;
    const struct ml_mode *modes = ml_modes(&count);
    char remedy[112];
    for (size_t i = 0; i < count && i < 30; i++)
        names[2 + i] = modes[i].name;
    const char *nearest =
        ml_nearest(word, names, 2 + (count < 30 ? count : 30));
    (void)snprintf(remedy, sizeof remedy,
                   nearest ? "did you mean %s?" : "see minilab modes", nearest);
    return ml_fail(err, ML_ERR_USAGE, "--mode: no such mode", remedy, "'%.40s'",
                   word);
}

static enum ml_status cells_add_modes(struct ml_compare *compare,
                                      const char *list,
                                      const struct cells_widths *widths,
                                      struct ml_error *err)
{
    size_t count;
    char word[40];
    const struct ml_mode *modes = ml_modes(&count);
    while (cells_word(&list, word, sizeof word)) {
        const struct ml_mode *mode = ml_mode_find(word);
        const char *name = mode ? mode->name : ML_MODE_AUTO;
        const bool all = strcmp(word, "all") == 0;
        if (!all && !mode && strcmp(word, ML_MODE_AUTO) != 0)
            return cells_unknown(word, err);
        for (size_t i = 0; i < (all ? count : 1); i++) {
            const char *one = all ? modes[i].name : name;
            if (cells_add_widths(compare, one, one, NULL, widths, err) != ML_OK)
                return err->status;
        }
    }
    return ML_OK;
}

enum ml_status ml_compare_cells(struct ml_compare *compare,
                                struct ml_error *err)
{
    const struct ml_compare_options *options = &compare->options;
    struct cells_widths widths;
    if (cells_widths(options, &widths, err) != ML_OK)
        return err->status;
    const char *list = options->modes            ? options->modes
                       : options->plan_count > 0 ? "serial"
                                                 : "all";
    if (cells_add_modes(compare, list, &widths, err) != ML_OK)
        return err->status;
    for (size_t i = 0; i < options->plan_count; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "plan%zu", i + 1);
        if (cells_add_widths(compare, name, NULL, options->plans[i], &widths,
                             err) != ML_OK)
            return err->status;
    }
    if (compare->cell_count > 0)
        return ML_OK;
    return ml_fail(err, ML_ERR_USAGE, "--mode: nothing is named",
                   "give all, or names like serial,threads", "it is empty");
}
