/* version.c: `minilab version`: the version, the compiler, the libraries. */
#include <stdio.h>

#include <jansson.h>
#include <jpeglib.h>
#include <libdeflate.h>
#include <nettle/version.h>
#include <png.h>
#include <utf8proc.h>
#include <uv.h>
#include <zlib.h>

#include "codec/registry.h"
#include "command/cli/command.h"
#include "command/cli/option_parser.h"
#include "command/cli/version.h"
#include "os/parallel_for.h"
#include "os/simd_level.h"

/* libjpeg-turbo defines its version only as bare tokens in its header. */
#define VERSION_TEXT(tokens) VERSION_QUOTE(tokens)
#define VERSION_QUOTE(tokens) #tokens

#if defined(__clang__)
#define VERSION_COMPILER "clang " __clang_version__
#else
#define VERSION_COMPILER "gcc " __VERSION__
#endif

/* gcc defines a macro, clang has __has_feature(). */
#ifndef __has_feature
#define __has_feature(name) 0
#endif

const char *ml_version_compiler(void)
{
    return VERSION_COMPILER;
}

const char *ml_version_sanitizer(void)
{
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
    return "address";
#elif defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
    return "thread";
#else
    return "none";
#endif
}

void ml_version_libraries(struct ml_library libraries_out[ML_LIBRARY_COUNT])
{
    char nettle[32];
    (void)snprintf(nettle, sizeof nettle, "%d.%d", nettle_version_major(),
                   nettle_version_minor());
    const struct {
        const char *name, *version;
    } all[ML_LIBRARY_COUNT] = {
        {"libjpeg-turbo", VERSION_TEXT(LIBJPEG_TURBO_VERSION)},
        {"libpng", png_get_libpng_ver(NULL)},
        {"zlib", zlibVersion()},
        {"libdeflate", LIBDEFLATE_VERSION_STRING},
        {"jansson", jansson_version_str()},
        {"nettle", nettle},
        {"libuv", uv_version_string()},
        {"utf8proc", utf8proc_version()},
        {"OpenMP", ml_parallel_version()}};
    for (size_t i = 0; i < ML_LIBRARY_COUNT; i++) {
        libraries_out[i].name = all[i].name;
        (void)snprintf(libraries_out[i].version,
                       sizeof libraries_out[i].version, "%s", all[i].version);
    }
}

static void version_print_formats(FILE *out)
{
    size_t count;
    const struct ml_codec *const *codecs = ml_codecs(&count);
    (void)fprintf(out, "%-14s", "formats");
    for (size_t i = 0; i < count; i++)
        (void)fprintf(out, " %s", codecs[i]->name);
    (void)fprintf(out, "\n");
}

void ml_version_print(FILE *out)
{
    (void)fprintf(out, "minilab %s\n", ML_VERSION);
    (void)fprintf(out, "%-14s %s\n", "compiler", ml_version_compiler());
    (void)fprintf(out, "%-14s %s\n", "sanitizers", ml_version_sanitizer());
    (void)fprintf(out, "%-14s %s\n", "simd", ml_simd_name(ml_simd_level()));
    version_print_formats(out);
    struct ml_library libraries[ML_LIBRARY_COUNT];
    ml_version_libraries(libraries);
    for (size_t i = 0; i < ML_LIBRARY_COUNT; i++)
        (void)fprintf(out, "%-14s %s\n", libraries[i].name,
                      libraries[i].version);
}

static int version_run(const struct ml_command *command, int argc, char **argv)
{
    struct ml_operands operands;
    int code;
    if (!ml_options_parse(command, argc, argv, NULL, &operands, &code))
        return code;
    if (operands.count > 0)
        return ml_command_usage_error(command, "too many operands", "",
                                      "it takes none");
    ml_version_print(stdout);
    return ML_EXIT_OK;
}

const struct ml_command ml_command_version = {
    .name = "version",
    .summary = "print the version, the compiler and the libraries",
    .operands = "",
    .examples = "minilab version\n",
    .run = version_run,
};
