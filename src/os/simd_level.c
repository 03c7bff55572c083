/* simd_level.c: see simd_level.h. */
#include "os/simd_level.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

static const char *const simd_names[ML_SIMD_COUNT] = {"plain", "v3", "v4",
                                                      "vbmi"};

const char *ml_simd_name(enum ml_simd level)
{
    return simd_names[level];
}

enum ml_simd ml_simd_supported(void)
{
#if ML_SIMD_TARGETS
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") ||
        !__builtin_cpu_supports("bmi2"))
        return ML_SIMD_PLAIN;
    if (!__builtin_cpu_supports("avx512f") ||
        !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return ML_SIMD_V3;
    return __builtin_cpu_supports("avx512vbmi") ? ML_SIMD_VBMI : ML_SIMD_V4;
#else
    return ML_SIMD_PLAIN;
#endif
}

static enum ml_simd simd_named(const char *name)
{
    unsigned level = 0;
    while (level < ML_SIMD_COUNT && strcmp(name, simd_names[level]) != 0)
        level++;
    return (enum ml_simd)level;
}

/* "unset it, or give one of plain, v3 ..." up to the processor's level. */
static void simd_remedy(char *buffer, size_t capacity)
{
    struct ml_strbuf text;
    ml_strbuf_open(&text, buffer, capacity);
    ml_strbuf_add(&text, "unset it, or give one of");
    for (unsigned level = 0; level <= ml_simd_supported(); level++)
        ml_strbuf_add(&text, "%s %s", level ? "," : "", simd_names[level]);
}

enum ml_status ml_simd_init(enum ml_simd *level_out, struct ml_error *err)
{
    const enum ml_simd supported = ml_simd_supported();
    const char *name = getenv(ML_SIMD_ENVIRONMENT);
    const enum ml_simd requested = name ? simd_named(name) : supported;
    if (requested <= supported) {
        *level_out = requested;
        return ML_OK;
    }
    char remedy[sizeof err->remedy];
    simd_remedy(remedy, sizeof remedy);
    return ml_fail(err, ML_ERR_USAGE, "bad value of " ML_SIMD_ENVIRONMENT,
                   remedy, "'%.40s' is %s", name,
                   requested == ML_SIMD_COUNT ? "not the name of a level"
                                              : "more than this processor has");
}

enum ml_simd ml_simd_level(void)
{
    /* The only state of the process.  Relaxed: every thread that races to find
     * it writes the same value, and it publishes no other data. */
    static atomic_int found; /* level + 1 */
    int known = atomic_load_explicit(&found, memory_order_relaxed);
    if (known == 0) {
        struct ml_error err;
        enum ml_simd level = ML_SIMD_PLAIN;
        const enum ml_status status = ml_simd_init(&level, &err);
        assert(status == ML_OK);
        known = (int)level + 1;
        atomic_store_explicit(&found, known, memory_order_relaxed);
    }
    return (enum ml_simd)(known - 1);
}
