/* filters.c: `minilab filters`: list the filters, or describe one.
 *
 * Reads only the tables of the filters, so it cannot disagree with the parser.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "chain/chain.h"
#include "chain/param_value.h"
#include "command/cli/command.h"
#include "command/cli/json_builder.h"
#include "command/cli/option_parser.h"
#include "filters/registry.h"

#define FILTERS_SCHEMA 1 /* of the JSON; raise when a field changes */

struct filters_settings {
    bool json;
};

static const struct ml_option filters_options[] = {
    {.name = "json",
     .group = "Output",
     .help = "one JSON document",
     ML_SET_FLAG(filters_settings, json)},
    ML_OPTIONS_END,
};

static bool filters_has_default(const struct ml_param *param)
{
    return param->type != ML_SIZE && param->type != ML_COLOUR &&
           param->type != ML_NUMBER_LIST && !isnan(param->def);
}

/* Append the default of a parameter as the user would write it. */
static void filters_add_default(const struct ml_param *param,
                                struct ml_strbuf *text)
{
    const struct ml_value value = ml_value_default(param);
    if (!filters_has_default(param))
        ml_strbuf_add(text, "none");
    else
        ml_value_print(param, &value, text);
}

static const char *filters_alpha(const struct ml_filter *filter)
{
    if (filter->flags & ML_FILTER_PREMULTIPLIED)
        return "mixed with its neighbours like colour";
    return filter->flags & ML_FILTER_ANY_ALPHA ? "moved with its pixel"
                                               : "unchanged";
}

/* ---- For people ------------------------------------------------------- */

static void filters_print_list(const struct ml_filter *const *filters,
                               size_t count)
{
    size_t width = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(filters[i]->name);
        width = length > width ? length : width;
    }
    for (size_t i = 0; i < count; i++)
        (void)printf("%-*s  %s\n", (int)width, filters[i]->name,
                     filters[i]->summary);
    (void)printf("\n'minilab filters NAME' describes one.\n");
}

static void filters_print_param(const struct ml_param *param, size_t position)
{
    char line[512];
    struct ml_strbuf text;
    ml_strbuf_open(&text, line, sizeof line);
    ml_strbuf_add(&text, "  %zu. %s: %s\n     ", position, param->name,
                  param->help);
    ml_param_format(param, &text);
    if (param->unit)
        ml_strbuf_add(&text, " (%s)", param->unit);
    if (param->required) {
        ml_strbuf_add(&text, "; required");
    } else {
        ml_strbuf_add(&text, "; default ");
        filters_add_default(param, &text);
    }
    (void)printf("%s\n", line);
}

static void filters_print_one(const struct ml_filter *filter)
{
    (void)printf("%s: %s\n\nExample:\n  -f %s\n\nParameters", filter->name,
                 filter->summary, filter->example);
    (void)printf(filter->param_count ? ", by position or as key=value:\n"
                                     : ": none\n");
    for (size_t i = 0; i < filter->param_count; i++)
        filters_print_param(&filter->params[i], i + 1);
    (void)printf("\nAccepts:\n"
                 "  gray and RGB, with or without alpha%s; 8 and 16 bits\n",
                 filter->flags & ML_FILTER_CMYK ? ", and CMYK" : "");
    if (filter->flags & ML_FILTER_YCC)
        (void)printf("  JPEG's YCbCr planes, without conversion\n");
    (void)printf("  alpha is %s\n", filters_alpha(filter));
}

/* ---- For programs ----------------------------------------------------- */

/* The default in JSON's own type; null when there is none. */
static json_t *filters_json_default(struct ml_json_builder *json,
                                    const struct ml_param *param)
{
    char line[64];
    struct ml_strbuf text;
    if (param->required || !filters_has_default(param))
        return json_null();
    switch (param->type) {
    case ML_INTEGER:
        return json_integer((json_int_t)param->def);
    case ML_REAL:
    case ML_PERCENT:
        return json_real(param->def);
    case ML_BOOLEAN:
        return json_boolean(param->def > 0);
    case ML_SIZE:
    case ML_COLOUR:
    case ML_NUMBER_LIST:
        return json_null();
    case ML_CHOICE:
    case ML_LENGTH:
    case ML_DURATION:
        break;
    }
    ml_strbuf_open(&text, line, sizeof line);
    filters_add_default(param, &text);
    return ml_json_text(json, line);
}

static bool filters_has_range(enum ml_param_type type)
{
    return type == ML_INTEGER || type == ML_REAL || type == ML_PERCENT ||
           type == ML_LENGTH || type == ML_DURATION || type == ML_NUMBER_LIST;
}

static json_t *filters_json_choices(struct ml_json_builder *json,
                                    const struct ml_param *param)
{
    json_t *choices = ml_json_array(json);
    for (size_t i = 0; param->choices[i]; i++)
        ml_json_append(json, choices, ml_json_text(json, param->choices[i]));
    return choices;
}

static json_t *filters_json_param(struct ml_json_builder *json,
                                  const struct ml_param *param)
{
    json_t *object = ml_json_pack(
        json, "{s:s, s:s, s:s?, s:b, s:o, s:s}", "name", param->name, "type",
        ml_value_type_name(param->type), "unit", param->unit, "required",
        param->required, "default", filters_json_default(json, param), "help",
        param->help);
    if (filters_has_range(param->type)) {
        ml_json_set(json, object, "min", json_real(param->min));
        ml_json_set(json, object, "max", json_real(param->max));
    }
    if (param->type == ML_CHOICE)
        ml_json_set(json, object, "choices", filters_json_choices(json, param));
    return object;
}

static json_t *filters_json_layouts(struct ml_json_builder *json,
                                    const struct ml_filter *filter)
{
    json_t *layouts = ml_json_pack(
        json, "[s, s, s, s]", ml_layout_name(ML_GRAY), ml_layout_name(ML_GRAYA),
        ml_layout_name(ML_RGB), ml_layout_name(ML_RGBA));
    if (filter->flags & ML_FILTER_CMYK)
        ml_json_append(json, layouts,
                       ml_json_text(json, ml_layout_name(ML_CMYK)));
    if (filter->flags & ML_FILTER_YCC)
        ml_json_append(json, layouts,
                       ml_json_text(json, ml_layout_name(ML_YCC)));
    return layouts;
}

static json_t *filters_json_one(struct ml_json_builder *json,
                                const struct ml_filter *filter)
{
    static const char *const alpha[] = {"tones", "moves", "mixes"};
    const size_t kind = filter->flags & ML_FILTER_PREMULTIPLIED ? 2
                        : filter->flags & ML_FILTER_ANY_ALPHA   ? 1
                                                                : 0;
    json_t *params = ml_json_array(json);
    for (size_t i = 0; i < filter->param_count; i++)
        ml_json_append(json, params,
                       filters_json_param(json, &filter->params[i]));
    return ml_json_pack(json, "{s:s, s:s, s:s, s:o, s:o, s:[i, i], s:s}",
                        "name", filter->name, "summary", filter->summary,
                        "example", filter->example, "parameters", params,
                        "layouts", filters_json_layouts(json, filter), "bits",
                        8, 16, "alpha", alpha[kind]);
}

static int filters_print_json(const struct ml_command *command,
                              const struct ml_filter *const *filters,
                              size_t count)
{
    struct ml_json_builder builder = {ML_OK}, *json = &builder;
    struct ml_error err;
    json_t *list = ml_json_array(json);
    for (size_t i = 0; i < count; i++)
        ml_json_append(json, list, filters_json_one(json, filters[i]));
    json_t *document = ml_json_pack(json, "{s:i, s:o}", "schema",
                                    FILTERS_SCHEMA, "filters", list);
    const enum ml_status status =
        ml_json_print(json, document, ML_JSON_INDENTED, stdout, &err);
    json_decref(document);
    return status == ML_OK ? ML_EXIT_OK : ml_command_fail(command, &err);
}

/* ---- The command ------------------------------------------------------ */

static int filters_unknown(const struct ml_command *command, const char *name)
{
    char why[64], remedy[64];
    const char *nearest = ml_filter_nearest(name);
    (void)snprintf(why, sizeof why, "'%.40s'", name);
    (void)snprintf(remedy, sizeof remedy, "did you mean %s?",
                   nearest ? nearest : "");
    return ml_command_usage_error(
        command, "unknown filter", why,
        nearest ? remedy : "'minilab filters' lists all filters");
}

static int filters_run(const struct ml_command *command, int argc, char **argv)
{
    struct filters_settings settings = {0};
    struct ml_operands operands;
    size_t count;
    int code;
    const struct ml_filter *const *filters = ml_filters(&count);
    if (!ml_options_parse(command, argc, argv, &settings, &operands, &code))
        return code;
    if (operands.count > 1)
        return ml_command_usage_error(command, "too many operands", "",
                                      "name one filter");
    const struct ml_filter *one = NULL;
    if (operands.count == 1) {
        one = ml_filter_find(operands.items[0]);
        if (!one)
            return filters_unknown(command, operands.items[0]);
    }
    if (settings.json)
        return filters_print_json(command, one ? &one : filters,
                                  one ? 1 : count);
    if (one)
        filters_print_one(one);
    else
        filters_print_list(filters, count);
    return ML_EXIT_OK;
}

const struct ml_command ml_command_filters = {
    .name = "filters",
    .summary = "list the filters, or describe one",
    .operands = "[NAME]",
    .examples = "minilab filters\n"
                "minilab filters invert\n"
                "minilab filters --json\n",
    .options = filters_options,
    .run = filters_run,
};
