/* manifest.c: see manifest.h. */
#include "files/digest/manifest.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "files/input/read.h"

#define MANIFEST_CHUNK 65536
#define MANIFEST_HEX (2 * ML_DIGEST_BYTES)

_Static_assert(ML_DIGEST_BYTES == SHA256_DIGEST_SIZE, "SHA-256");

static int manifest_compare(const void *a, const void *b)
{
    const struct ml_manifest_entry *x = a, *y = b;
    return strcmp(x->path, y->path);
}

static bool manifest_parse_digest(const char *text,
                                  uint8_t digest[ML_DIGEST_BYTES])
{
    for (int i = 0; i < ML_DIGEST_BYTES; i++) {
        const int high = ml_hex_digit(text[2 * i]);
        const int low = high < 0 ? -1 : ml_hex_digit(text[2 * i + 1]);
        if (low < 0)
            return false;
        digest[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

/* Decode the escapes in place; false for an unknown one. */
static bool manifest_unescape(char *path)
{
    char *out = path;
    for (const char *s = path; *s; s++) {
        if (*s != '\\') {
            *out++ = *s;
            continue;
        }
        s++;
        if (*s != '\\' && *s != 'n' && *s != 'r')
            return false;
        *out++ = *s == 'n' ? '\n' : *s == 'r' ? '\r' : '\\';
    }
    *out = '\0';
    return true;
}

/* Parse one line (without its newline) in place.  Returns its path, or NULL if
 * it is invalid. */
static char *manifest_parse(char *line, uint8_t digest[ML_DIGEST_BYTES])
{
    const bool escaped = *line == '\\';
    line += escaped;
    if (strlen(line) < MANIFEST_HEX + 3 || !manifest_parse_digest(line, digest))
        return NULL;
    char *path = line + MANIFEST_HEX;
    if (path[0] != ' ' || (path[1] != ' ' && path[1] != '*'))
        return NULL;
    path += 2;
    if (escaped && !manifest_unescape(path))
        return NULL;
    while (path[0] == '.' && path[1] == '/')
        path += 2 + strspn(path + 2, "/");
    return *path ? path : NULL;
}

static bool manifest_add(struct ml_manifest *manifest, const char *path,
                         const uint8_t digest[ML_DIGEST_BYTES])
{
    if (manifest->count == manifest->capacity) {
        const size_t capacity =
            manifest->capacity ? manifest->capacity * 2 : 64;
        struct ml_manifest_entry *entries =
            reallocarray(manifest->entries, capacity, sizeof *entries);
        if (!entries)
            return false;
        manifest->entries = entries;
        manifest->capacity = capacity;
    }
    struct ml_manifest_entry *entry = &manifest->entries[manifest->count];
    entry->path = strdup(path);
    memcpy(entry->digest, digest, ML_DIGEST_BYTES);
    if (!entry->path)
        return false;
    manifest->count++;
    return true;
}

static enum ml_status manifest_read(struct ml_manifest *manifest, FILE *file,
                                    struct ml_error *err)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    enum ml_status status = ML_OK;
    for (unsigned number = 1;
         status == ML_OK && (length = getline(&line, &capacity, file)) > 0;
         number++) {
        uint8_t digest[ML_DIGEST_BYTES];
        if (line[length - 1] == '\n')
            line[--length] = '\0';
        if (length == 0)
            continue;
        const char *path = strlen(line) == (size_t)length
                               ? manifest_parse(line, digest)
                               : NULL;
        if (!path)
            status = ml_fail(err, ML_ERR_FORMAT, "not a list of digests",
                             "make one with sha256sum or --write-manifest",
                             "line %u", number);
        else if (!manifest_add(manifest, path, digest))
            status = ml_fail_os(err, ENOMEM, "cannot hold the manifest", NULL);
    }
    if (status == ML_OK && ferror(file))
        status = ml_fail_os(err, EIO, "cannot read the manifest", NULL);
    free(line);
    return status;
}

static enum ml_status manifest_sort(struct ml_manifest *manifest,
                                    struct ml_error *err)
{
    if (manifest->count > 0)
        qsort(manifest->entries, manifest->count, sizeof *manifest->entries,
              manifest_compare);
    for (size_t i = 1; i < manifest->count; i++) {
        if (manifest_compare(&manifest->entries[i - 1],
                             &manifest->entries[i]) == 0)
            return ml_fail(err, ML_ERR_FORMAT, "a path is listed twice", "",
                           "%.150s", manifest->entries[i].path);
    }
    return ML_OK;
}

enum ml_status ml_manifest_open(struct ml_manifest *manifest, const char *path,
                                struct ml_error *err)
{
    *manifest = (struct ml_manifest){0};
    FILE *file = fopen(path, "re");
    if (!file)
        return ml_fail_os(err, errno, "cannot open the manifest", NULL);
    enum ml_status status = manifest_read(manifest, file, err);
    (void)fclose(file);
    if (status == ML_OK)
        status = manifest_sort(manifest, err);
    if (status)
        ml_manifest_close(manifest);
    return status;
}

void ml_manifest_close(struct ml_manifest *manifest)
{
    for (size_t i = 0; i < manifest->count; i++)
        free(manifest->entries[i].path);
    free(manifest->entries);
    *manifest = (struct ml_manifest){0};
}

enum ml_status ml_digest_file(const char *path, uint8_t digest[ML_DIGEST_BYTES],
                              struct ml_error *err)
{
    struct ml_file file;
    struct sha256_ctx context;
    uint8_t chunk[MANIFEST_CHUNK];
    const enum ml_status status = ml_file_open(&file, path, UINT64_MAX, err);
    if (status)
        return status;
    sha256_init(&context);
    ssize_t got;
    while ((got = ml_read_up_to(file.fd, chunk, sizeof chunk)) > 0)
        sha256_update(&context, (size_t)got, chunk);
    const int error = errno;
    ml_file_close(&file);
    if (got < 0)
        return ml_fail_os(err, error, "cannot read the file", NULL);
    sha256_digest(&context, ML_DIGEST_BYTES, digest);
    return ML_OK;
}

void ml_manifest_print(FILE *out, const uint8_t digest[ML_DIGEST_BYTES],
                       const char *path)
{
    const bool escape = strpbrk(path, "\\\n\r") != NULL;
    if (escape)
        (void)fputc('\\', out);
    for (int i = 0; i < ML_DIGEST_BYTES; i++)
        (void)fprintf(out, "%02x", digest[i]);
    (void)fputs("  ", out);
    for (const char *s = path; *s; s++) {
        if (*s == '\\' || *s == '\n' || *s == '\r')
            (void)fprintf(out, "\\%c",
                          *s == '\n'   ? 'n'
                          : *s == '\r' ? 'r'
                                       : '\\');
        else
            (void)fputc(*s, out);
    }
    (void)fputc('\n', out);
}
