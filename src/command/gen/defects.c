/* defects.c: see defects.h.
 *
 * A defect is a good picture whose bytes are modified, or no regular file at
 * all.  Chunk and segment layouts: PNG specification, section 5; ITU
 * T.81, annex B.
 */
#include "command/gen/defects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/byte_order.h"
#include "codec/registry.h"
#include "command/gen/picture.h"

#define DEFECT_SIDE 96          /* pixels, of the pictures modified */
#define DEFECT_HUGE_SIDE 30000U /* 900 megapixels: beyond --limit-pixels */
#define DEFECT_PATH_MAX 128

struct defect {
    const char *name;
    const struct ml_codec *codec; /* NULL: no picture at all */
    /* Modify the bytes, or make them. */
    void (*damage)(struct ml_output *output);
    bool unreadable; /* mode 000; the superuser can read it */
};

static void defect_empty(struct ml_output *output)
{
    output->used = 0;
}

static void defect_truncate(struct ml_output *output)
{
    output->used = output->used * 3 / 5;
}

static void defect_text(struct ml_output *output)
{
    static const char text[] = "This is a letter, not a picture.\n";
    memcpy(output->data, text, sizeof text - 1);
    output->used = sizeof text - 1;
}

static void defect_none(struct ml_output *output)
{
    (void)output;
}

static void defect_put32(uint8_t *at, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(number >> (24 - 8 * i));
}

/* IHDR is the first chunk: its data at 16, its checksum at 29. */
static void defect_huge_png(struct ml_output *output)
{
    uint8_t *data = output->data;
    defect_put32(data + 16, DEFECT_HUGE_SIDE);
    defect_put32(data + 20, DEFECT_HUGE_SIDE);
    defect_put32(data + 29, (uint32_t)crc32(0, data + 12, 17));
}

/* The frame header: FF Cn, length, precision, height, width. */
static void defect_huge_jpeg(struct ml_output *output)
{
    uint8_t *data = output->data;
    for (size_t i = 2; i + 9 < output->used && data[i] == 0xff;) {
        if (data[i + 1] >= 0xc0 && data[i + 1] <= 0xc2) {
            data[i + 5] = data[i + 7] = (uint8_t)(DEFECT_HUGE_SIDE >> 8);
            data[i + 6] = data[i + 8] = (uint8_t)(DEFECT_HUGE_SIDE & 255);
            return;
        }
        i += 2 + (size_t)data[i + 2] * 256 + data[i + 3];
    }
}

/* Flip one bit of the checksum after the first IDAT chunk. */
static void defect_bad_crc(struct ml_output *output)
{
    uint8_t *idat = memmem(output->data, output->used, "IDAT", 4);
    if (!idat)
        return;
    const size_t length = ml_load_be32(idat - 4);
    idat[4 + length] ^= 1;
}

static const struct defect defects[] = {
    {"empty.jpg", NULL, defect_empty, false},
    {"truncated.jpg", &ml_codec_jpeg, defect_truncate, false},
    {"truncated.png", &ml_codec_png, defect_truncate, false},
    {"text.jpg", NULL, defect_text, false},
    {"png-inside.jpg", &ml_codec_png, defect_none, false},
    {"jpeg-inside.png", &ml_codec_jpeg, defect_none, false},
    {"huge-header.png", &ml_codec_png, defect_huge_png, false},
    {"huge-header.jpg", &ml_codec_jpeg, defect_huge_jpeg, false},
    {"bad-checksum.png", &ml_codec_png, defect_bad_crc, false},
    {"unreadable.jpg", &ml_codec_jpeg, defect_none, true},
};
#define DEFECT_FILES (sizeof defects / sizeof *defects)

static const char *const defect_names[] = {
    "empty.jpg",        "truncated.jpg",   "truncated.png",   "text.jpg",
    "png-inside.jpg",   "jpeg-inside.png", "huge-header.png", "huge-header.jpg",
    "bad-checksum.png", "unreadable.jpg",  "folder.png",      "fifo.jpg"};
#define DEFECT_FOLDER "folder.png"
#define DEFECT_FIFO "fifo.jpg"

_Static_assert(sizeof defect_names / sizeof *defect_names == DEFECT_FILES + 2,
               "every defect has a name in the list");

const char *const *ml_defect_names(size_t *count_out)
{
    *count_out = sizeof defect_names / sizeof *defect_names;
    return defect_names;
}

static void defect_path(char path[DEFECT_PATH_MAX], const char *folder,
                        const char *name)
{
    (void)snprintf(path, DEFECT_PATH_MAX, "%s%s%s", folder, *folder ? "/" : "",
                   name);
}

static enum ml_status defect_file(const struct defect *defect,
                                  const struct ml_defects *work, uint64_t seed,
                                  struct ml_error *err)
{
    const struct ml_write_options options = {.replace = work->overwrite};
    char path[DEFECT_PATH_MAX];
    if (defect->codec) {
        const struct ml_gen_picture picture = {
            .subject = ML_GEN_PHOTO,
            .seed = seed,
            .codec = defect->codec,
            .shape = {DEFECT_SIDE, DEFECT_SIDE, ML_RGB, 8, 1, 1},
            .sink = ml_sink_options_default};
        const enum ml_status status =
            ml_gen_encode(&picture, work->arena, work->output, err);
        if (status)
            return status;
    }
    defect->damage(work->output);
    defect_path(path, work->folder, defect->name);
    return ml_write_file(work->writer, path, work->output->data,
                         work->output->used, &options, err);
}

/* The folder named like a picture, the FIFO, and the file without permissions.
 */
static enum ml_status defect_special(int folder_fd, bool overwrite,
                                     struct ml_error *err)
{
    if (mkdirat(folder_fd, DEFECT_FOLDER, 0777) != 0 &&
        !(overwrite && errno == EEXIST))
        return ml_fail_os(err, errno, "cannot create " DEFECT_FOLDER, NULL);
    if (overwrite)
        (void)unlinkat(folder_fd, DEFECT_FIFO, 0);
    if (mkfifoat(folder_fd, DEFECT_FIFO, 0666) != 0)
        return ml_fail_os(err, errno, "cannot create " DEFECT_FIFO, NULL);
    for (size_t i = 0; i < DEFECT_FILES; i++) {
        if (defects[i].unreadable &&
            fchmodat(folder_fd, defects[i].name, 0, 0) != 0)
            return ml_fail_os(err, errno, "cannot remove permissions", NULL);
    }
    return ML_OK;
}

enum ml_status ml_defects_make(const struct ml_defects *work,
                               uint64_t *count_out, uint64_t *bytes_out,
                               struct ml_error *err)
{
    for (size_t i = 0; i < DEFECT_FILES; i++) {
        const enum ml_status status =
            defect_file(&defects[i], work, work->seed + i, err);
        if (status)
            return status;
        *count_out += 1;
        *bytes_out += work->output->used;
    }
    const int fd = ml_output_root_mkdirs(work->writer->root, work->folder);
    if (fd < 0)
        return ml_fail_os(err, errno, "cannot open the folder", NULL);
    const enum ml_status status = defect_special(fd, work->overwrite, err);
    close(fd);
    if (status == ML_OK)
        *count_out += 2;
    return status;
}
