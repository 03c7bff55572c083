/* options_files.c: options that choose filters, inputs and outputs; see
 * options.h. */
#include "command/options/options_internal.h"

#include <string.h>

#include "base/strbuf.h"
#include "chain/param_value.h"
#include "command/cli/option_value.h"
#include "command/options/recipe_file.h"

ML_RUN_OPTION(filter)
{
    ML_RUN_OPTION_BODY;
    return ml_chain_parse(&options->chain, value, err);
}

ML_RUN_OPTION(recipe)
{
    ML_RUN_OPTION_BODY;
    return ml_recipe_read(&options->chain, value, err);
}

ML_RUN_OPTION(print_recipe)
{
    ML_RUN_OPTION_BODY;
    options->print_recipe = true;
    return ML_OK;
}

ML_RUN_OPTION(no_auto_orient)
{
    ML_RUN_OPTION_BODY;
    options->no_auto_orient = true;
    return ML_OK;
}

ML_RUN_OPTION(files_from)
{
    ML_RUN_OPTION_BODY;
    options->files_from = value;
    return ML_OK;
}

ML_RUN_OPTION(nul)
{
    ML_RUN_OPTION_BODY;
    options->nul = true;
    return ML_OK;
}

ML_RUN_OPTION(depth)
{
    ML_RUN_OPTION_BODY;
    uint64_t depth = 0;
    const enum ml_status status =
        ml_option_integer(value, 1, 1000, &depth, err);
    if (status == ML_OK)
        options->depth = (uint32_t)depth;
    return status;
}

ML_RUN_OPTION(hidden)
{
    ML_RUN_OPTION_BODY;
    options->hidden = true;
    return ML_OK;
}

ML_RUN_OPTION(follow)
{
    ML_RUN_OPTION_BODY;
    options->follow = true;
    return ML_OK;
}

static enum ml_status option_glob(const char **globs, size_t *count,
                                  const char *value, struct ml_error *err)
{
    if (*count == ML_GLOB_MAX)
        return ml_fail(err, ML_ERR_USAGE, "too many patterns",
                       "join some, or use --files-from", "%d at most",
                       ML_GLOB_MAX);
    globs[(*count)++] = value;
    return ML_OK;
}

ML_RUN_OPTION(include)
{
    ML_RUN_OPTION_BODY;
    return option_glob(options->include, &options->include_count, value, err);
}

ML_RUN_OPTION(exclude)
{
    ML_RUN_OPTION_BODY;
    return option_glob(options->exclude, &options->exclude_count, value, err);
}

ML_RUN_OPTION(output)
{
    ML_RUN_OPTION_BODY;
    options->output = value;
    return ML_OK;
}

ML_RUN_OPTION(name)
{
    ML_RUN_OPTION_BODY;
    options->name_template = value;
    return ML_OK;
}

ML_RUN_OPTION(to)
{
    ML_RUN_OPTION_BODY;
    size_t count;
    const struct ml_codec *const *codecs = ml_codecs(&count);
    const char *choices[16] = {"keep"};
    for (size_t i = 0; i < count && i < 14; i++)
        choices[i + 1] = codecs[i]->name;
    const int choice = ml_option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->to = choice == 0 ? NULL : codecs[choice - 1];
    options->to_given = true;
    return ML_OK;
}

ML_RUN_OPTION(quality)
{
    ML_RUN_OPTION_BODY;
    uint64_t quality = 0;
    const enum ml_status status =
        ml_option_integer(value, 1, 100, &quality, err);
    if (status == ML_OK)
        options->sink.quality = (int)quality;
    return status;
}

ML_RUN_OPTION(subsample)
{
    ML_RUN_OPTION_BODY;
    static const char *const choices[] = {"420", "422", "444", NULL};
    static const uint16_t numbers[] = {420, 422, 444};
    const int choice = ml_option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->sink.subsample = numbers[choice];
    return ML_OK;
}

ML_RUN_OPTION(progressive)
{
    ML_RUN_OPTION_BODY;
    options->sink.progressive = true;
    return ML_OK;
}

ML_RUN_OPTION(png_level)
{
    ML_RUN_OPTION_BODY;
    uint64_t level = 0;
    const enum ml_status status = ml_option_integer(value, 0, 9, &level, err);
    if (status == ML_OK)
        options->sink.png_level = (int)level;
    return status;
}

ML_RUN_OPTION(background)
{
    ML_RUN_OPTION_BODY;
    static const struct ml_param param = {.name = "background",
                                          .type = ML_COLOUR};
    struct ml_value colour;
    const enum ml_status status = ml_value_parse(&param, value, &colour, err);
    if (status == ML_OK)
        memcpy(options->background, colour.colour, 3);
    return status;
}

ML_RUN_OPTION(existing)
{
    ML_RUN_OPTION_BODY;
    static const char *const choices[] = {"error", "skip", "overwrite", "newer",
                                          NULL};
    const int choice = ml_option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->existing = (enum ml_existing)choice;
    return ML_OK;
}

ML_RUN_OPTION(on_collision)
{
    ML_RUN_OPTION_BODY;
    static const char *const choices[] = {"error", "suffix", "skip", NULL};
    const int choice = ml_option_choice(value, choices, err);
    if (choice < 0)
        return ML_ERR_USAGE;
    options->on_collision = (enum ml_on_collision)choice;
    return ML_OK;
}

ML_RUN_OPTION(preserve)
{
    ML_RUN_OPTION_BODY;
    options->preserve = true;
    return ML_OK;
}

ML_RUN_OPTION(dry_run)
{
    ML_RUN_OPTION_BODY;
    options->dry_run = true;
    return ML_OK;
}
