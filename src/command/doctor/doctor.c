/* doctor.c: `minilab doctor`: describe this machine and this build.
 *
 * Everything is gathered into one JSON document, and the text is printed from
 * it, so the two cannot differ.  Numbers whose name ends in _bytes are printed
 * as sizes; null means that there is none.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "codec/registry.h"
#include "command/cli/command.h"
#include "command/cli/json_builder.h"
#include "command/cli/option_parser.h"
#include "command/cli/version.h"
#include "command/doctor/kernel_features.h"
#include "os/cpu_budget.h"
#include "os/simd_level.h"

struct doctor_settings {
    bool json;
};

static const struct ml_option doctor_options[] = {
    {"json", 0, NULL, "Output", "the same as one JSON document",
     ML_SET_FLAG(doctor_settings, json)},
    ML_OPTIONS_END,
};

/* ---- gathering ---- */

/* A number, or null if it is `none`. */
static json_t *doctor_number(uint64_t number, uint64_t none)
{
    if (number == none)
        return json_null();
    return json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number);
}

static json_t *doctor_path(struct ml_json_builder *json, const char *path)
{
    return *path ? ml_json_text(json, path) : json_null();
}

static json_t *doctor_processors(struct ml_json_builder *json)
{
    struct ml_cpu cpu;
    ml_cpu_read("", &cpu);
    return ml_json_pack(json, "{s:i, s:s, s:o, s:o, s:o, s:o}", "budget",
                        (int)cpu.budget, "decided_by",
                        ml_cpu_limit_name(cpu.limited_by), "online",
                        doctor_number(cpu.online, 0), "affinity",
                        doctor_number(cpu.affinity, 0), "quota",
                        cpu.quota > 0 ? json_real(cpu.quota) : json_null(),
                        "quota_group", doctor_path(json, cpu.quota_path));
}

static json_t *doctor_memory(struct ml_json_builder *json)
{
    struct ml_memory memory;
    ml_memory_read("", &memory);
    return ml_json_pack(
        json, "{s:o, s:o, s:o, s:o, s:o, s:o}", "budget_bytes",
        doctor_number(memory.budget_bytes, ML_NO_LIMIT), "total_bytes",
        doctor_number(memory.total_bytes, 0), "available_bytes",
        doctor_number(memory.available_bytes, ML_NO_LIMIT), "group_limit_bytes",
        doctor_number(memory.limit_bytes, ML_NO_LIMIT), "group_left_bytes",
        doctor_number(memory.headroom_bytes, ML_NO_LIMIT), "group",
        doctor_path(json, memory.limit_path));
}

static json_t *doctor_libraries(struct ml_json_builder *json)
{
    struct ml_library libraries[ML_LIBRARY_COUNT];
    json_t *object = ml_json_object(json);
    ml_version_libraries(libraries);
    for (size_t i = 0; i < ML_LIBRARY_COUNT; i++)
        ml_json_set(json, object, libraries[i].name,
                    ml_json_text(json, libraries[i].version));
    return object;
}

/* Each codec with the extensions of its files. */
static json_t *doctor_codecs(struct ml_json_builder *json)
{
    size_t count;
    const struct ml_codec *const *codecs = ml_codecs(&count);
    json_t *object = ml_json_object(json);
    for (size_t i = 0; i < count; i++) {
        json_t *extensions = ml_json_array(json);
        for (size_t k = 0; codecs[i]->extensions[k]; k++)
            ml_json_append(json, extensions,
                           ml_json_text(json, codecs[i]->extensions[k]));
        ml_json_set(json, object, codecs[i]->name, extensions);
    }
    return object;
}

/* The SIMD level in use, and what chose it. */
static json_t *doctor_simd(struct ml_json_builder *json)
{
    return ml_json_pack(
        json, "{s:s, s:s, s:s}", "level", ml_simd_name(ml_simd_level()),
        "processor", ml_simd_name(ml_simd_supported()), "chosen_by",
        getenv(ML_SIMD_ENVIRONMENT) ? ML_SIMD_ENVIRONMENT : "processor");
}

static json_t *doctor_build(struct ml_json_builder *json)
{
    return ml_json_pack(json, "{s:s, s:s, s:s, s:s, s:s}", "version",
                        ML_VERSION, "compiler", ml_version_compiler(), "type",
                        ML_BUILD_TYPE, "flags", ML_BUILD_FLAGS, "sanitizers",
                        ml_version_sanitizer());
}

/* A soft limit that getrlimit() returned. */
static json_t *doctor_resource(int rc, const struct rlimit *limit)
{
    return rc == 0 ? doctor_number(limit->rlim_cur, RLIM_INFINITY)
                   : json_null();
}

static json_t *doctor_limits(struct ml_json_builder *json)
{
    const struct ml_limits *limits = &ml_limits_default;
    struct rlimit files, space;
    const int files_rc = getrlimit(RLIMIT_NOFILE, &files);
    const int space_rc = getrlimit(RLIMIT_AS, &space);
    return ml_json_pack(
        json, "{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "pixels",
        doctor_number(limits->pixels, UINT64_MAX), "side",
        doctor_number(limits->side, UINT32_MAX), "jpeg_scans",
        doctor_number(limits->jpeg_scans, UINT32_MAX), "input_bytes",
        doctor_number(limits->input_bytes, UINT64_MAX), "output_bytes",
        doctor_number(limits->output_bytes, UINT64_MAX), "open_files",
        doctor_resource(files_rc, &files), "address_space_bytes",
        doctor_resource(space_rc, &space));
}

static json_t *doctor_kernel(struct ml_json_builder *json)
{
    struct ml_kernel_features kernel;
    ml_kernel_probe("", &kernel);
    return ml_json_pack(
        json, "{s:s, s:b, s:b, s:b, s:b, s:s, s:s, s:o}", "release",
        kernel.release, "memfd_seals", kernel.memfd_seals, "pidfd_open",
        kernel.pidfd, "openat2", kernel.openat2, "close_range",
        kernel.close_range, "huge_pages", kernel.huge_pages,
        "huge_shared_memory", kernel.huge_shared, "landlock_abi",
        doctor_number((uint64_t)kernel.landlock_abi, 0));
}

static json_t *doctor_gather(struct ml_json_builder *json)
{
    return ml_json_pack(
        json, "{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema", 1,
        "processors", doctor_processors(json), "memory", doctor_memory(json),
        "codecs", doctor_codecs(json), "libraries", doctor_libraries(json),
        "simd", doctor_simd(json), "build", doctor_build(json), "limits",
        doctor_limits(json), "kernel", doctor_kernel(json), "sandbox",
        ml_json_pack(json, "{s:s}", "state", "not built in"));
}

/* ---- printing ---- */

static void doctor_print_size(double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < sizeof units / sizeof *units; unit++)
        bytes /= 1024;
    (void)printf("%.*f %s\n", unit ? 1 : 0, bytes, units[unit]);
}

static bool doctor_is_size(const char *key)
{
    const size_t length = strlen(key), ending = strlen("_bytes");
    return length > ending && strcmp(key + length - ending, "_bytes") == 0;
}

static void doctor_print_list(const json_t *list)
{
    size_t i;
    json_t *word;
    json_array_foreach(list, i, word)
    {
        (void)printf("%s%s", i ? ", " : "", json_string_value(word));
    }
    (void)putchar('\n');
}

static void doctor_print_value(const char *key, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        (void)printf("%s\n", json_string_value(value));
        break;
    case JSON_INTEGER:
        if (doctor_is_size(key))
            doctor_print_size((double)json_integer_value(value));
        else
            (void)printf("%" JSON_INTEGER_FORMAT "\n",
                         json_integer_value(value));
        break;
    case JSON_REAL:
        (void)printf("%.2f\n", json_real_value(value));
        break;
    case JSON_TRUE:
        (void)puts("yes");
        break;
    case JSON_FALSE:
        (void)puts("no");
        break;
    case JSON_ARRAY:
        doctor_print_list(value);
        break;
    case JSON_OBJECT:
    case JSON_NULL:
    default:
        (void)puts("none");
        break;
    }
}

/* "group_limit_bytes" is shown as "group limit". */
static void doctor_print_key(const char *key)
{
    const size_t length =
        doctor_is_size(key) ? strlen(key) - strlen("_bytes") : strlen(key);
    (void)printf("  ");
    for (size_t i = 0; i < length; i++)
        (void)putchar(key[i] == '_' ? ' ' : key[i]);
    (void)printf("%*s", length < 20 ? (int)(20 - length) : 1, "");
}

static void doctor_print(json_t *document)
{
    const char *title, *key;
    json_t *section, *value;
    json_object_foreach(document, title, section)
    {
        if (!json_is_object(section))
            continue; /* the schema number */
        (void)printf("%s\n", title);
        json_object_foreach(section, key, value)
        {
            doctor_print_key(key);
            doctor_print_value(key, value);
        }
    }
}

static int doctor_run(const struct ml_command *command, int argc, char **argv)
{
    struct doctor_settings settings = {0};
    struct ml_operands operands;
    struct ml_error err;
    int code;
    if (!ml_options_parse(command, argc, argv, &settings, &operands, &code))
        return code;
    if (operands.count > 0)
        return ml_command_usage_error(command, "too many operands", "",
                                      "it takes none");
    struct ml_json_builder json = {ML_OK};
    json_t *document = doctor_gather(&json);
    enum ml_status status = ml_json_check(&json, &err);
    if (status == ML_OK && settings.json)
        status = ml_json_print(&json, document, ML_JSON_INDENTED, stdout, &err);
    else if (status == ML_OK)
        doctor_print(document);
    json_decref(document);
    return status == ML_OK ? ML_EXIT_OK : ml_command_fail(command, &err);
}

const struct ml_command ml_command_doctor = {
    .name = "doctor",
    .summary = "describe this machine and this build",
    .operands = "",
    .examples = "minilab doctor\nminilab doctor --json\n",
    .options = doctor_options,
    .run = doctor_run,
};
