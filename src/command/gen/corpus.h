/* corpus.h: a folder of synthetic pictures, described by a few settings.
 *
 * The name, size, format and seed of a picture depend on the settings and its
 * index only, so any number of threads may make pictures in any order.
 */
#ifndef ML_COMMAND_GEN_CORPUS_H
#define ML_COMMAND_GEN_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "command/gen/picture.h"

#define ML_CORPUS_SIZES_MAX 32
#define ML_CORPUS_COUNT_MAX 1000000
#define ML_CORPUS_NAME_MAX 64
#define ML_CORPUS_JOBS_MAX 64

enum ml_corpus_kind {
    ML_CORPUS_PHOTO,
    ML_CORPUS_CHART,
    ML_CORPUS_WEB,
    ML_CORPUS_DEFECTS,
    ML_CORPUS_MIXED /* half photos, then charts and web; and defects/ */
};

enum ml_corpus_format {
    ML_CORPUS_USUAL, /* photographs JPEG, charts and icons PNG */
    ML_CORPUS_JPEG,
    ML_CORPUS_PNG,
    ML_CORPUS_BOTH /* alternately */
};

struct ml_corpus {
    uint64_t seed;
    uint32_t count; /* pictures, besides the defects */
    uint32_t
        folders; /* sub-folders; pictures go to the root and to them in turn
                  */
    enum ml_corpus_kind kind;
    enum ml_corpus_format format;
    struct {
        uint32_t width, height;
    } sizes[ML_CORPUS_SIZES_MAX]; /* used in turn */
    uint32_t size_count;          /* 0: the default of each kind */
    bool gray;
    bool deep; /* PNG with 16 bits a sample */
    bool exif; /* JPEG with orientations 1 to 8 in turn */
    bool overwrite;
    struct ml_sink_options sink;
    uint32_t jobs; /* threads, at most ML_CORPUS_JOBS_MAX */
};

struct ml_corpus_made {
    uint64_t pictures, defects;
    uint64_t pixels, bytes;
};

/* Picture `index` in [0, corpus->count) and its path below the folder. */
void ml_corpus_picture(const struct ml_corpus *corpus, uint32_t index,
                       struct ml_gen_picture *picture_out,
                       char name_out[ML_CORPUS_NAME_MAX]);

/* Make the corpus in `folder`.  ML_ERR_EXISTS, before anything is written: a
 * file exists and overwrite is off.  ML_ERR_CANCELLED: SIGINT or SIGTERM
 * arrived; they are blocked meanwhile, so that no temporary file is left.
 * Otherwise the error of writing.  *made_out counts finished files, after an
 * error too. */
ML_MUST_CHECK enum ml_status ml_corpus_make(const struct ml_corpus *corpus,
                                            const char *folder,
                                            struct ml_corpus_made *made_out,
                                            struct ml_error *err);

#endif
